#!/usr/bin/env bash
# drift-issue.sh PAGE: keeps one issue about drift. PAGE is what `wawpform drift --format markdown` printed, $CODE its
# exit code: 6 opens the issue or brings it up to date, 0 closes it, anything else says nothing clear and leaves it.
set -euo pipefail
# shellcheck source=api.sh
. "$(dirname "$0")/api.sh"

page="$1"
case "${CODE:?}" in
  0 | 6) ;;
  *) fail "wawpform drift ended with $CODE: nothing clear was seen, the issue is left as it is" "$CODE" ;;
esac
fleet=$(sed -n "1s/^### Drift of \`\([a-z0-9-]*\)\`.*/\1/p" "$page")
[ -n "$fleet" ] || fail "the page does not begin as one of wawpform drift does"
marker="<!-- wawpform-drift fleet=$fleet -->"
{ printf '%s\n' "$marker" && cat "$page"; } > "$work/page"

every "$repository/issues?state=open&per_page=100"
id=$(jq -r --arg marker "$marker" '[.[] | select(.pull_request == null and .user.login == env.API_AUTHOR
  and ((.body // "") | startswith($marker)))] | first.number // empty' "$work/all")

if [ "$CODE" = 0 ]; then
  if [ -n "$id" ]; then
    write PATCH "$repository/issues/$id" "$work/page" '{state: "closed", state_reason: "completed"}'
    expect 200 "issue $id could not be closed"
    echo "Issue $id was closed: no drift."
  else
    echo "No drift, and no issue about it."
  fi
elif [ -z "$id" ]; then
  write POST "$repository/issues" "$work/page" "{title: \"Drift of the fleet $fleet\"}"
  expect 201 "the issue could not be opened (the job needs issues: write)"
  echo "Issue $(jq .number "$work/answer") was opened."
elif jq -e --rawfile page "$work/page" --argjson id "$id" 'def plain: gsub("\r"; "") | sub("\\s+$"; "");
  .[] | select(.number == $id) | (.body | plain) == ($page | plain)' "$work/all" > /dev/null; then
  echo "Issue $id says this already."
else
  write PATCH "$repository/issues/$id" "$work/page"
  expect 200 "issue $id could not be brought up to date"
  echo "Issue $id was brought up to date."
fi
