#!/usr/bin/env bash
# comment.sh PAGE: shows a page of `wawpform plan --write markdown=PAGE` as the one comment of this fleet on the pull
# request $PULL_NUMBER. The comment is found by its hidden first line and by its author, and edited; it is left alone
# where it says the same, or where a later run wrote it.
set -euo pipefail
# shellcheck source=api.sh
. "$(dirname "$0")/api.sh"

page="$1"
if [ ! -s "$page" ]; then
  echo "There is no page: the plan was not made, and the comment stays as it is."
  exit 0
fi
[[ "${PULL_NUMBER:-}" =~ ^[0-9]{1,10}$ ]] || fail "PULL_NUMBER is not the number of a pull request"
marker=$(sed -n '1s/^\(<!-- [a-z-]* fleet=[a-z0-9-]* \).*/\1/p' "$page")
[ -n "$marker" ] || fail "the page does not begin as a page of wawpform does"

every "$repository/issues/$PULL_NUMBER/comments?per_page=100"
# The time is told by the last line and by nothing else: two pages that differ only there are the same.
jq -r --rawfile page "$page" --arg marker "$marker" '
  def lines: gsub("\r"; "") | sub("\\s+$"; "") | split("\n");
  def time: lines[-1] | (capture("^Planned at `(?<at>[^`]*)`\\.$") | .at) // "";
  [.[] | select(.user.login == env.API_AUTHOR and (.body | startswith($marker)))] | first // empty
  | (if (.body | lines[:-1]) == ($page | lines[:-1]) then "same"
     elif (.body | time) > ($page | time) then "later"
     else "other" end) + " \(.id)"' "$work/all" > "$work/found"
read -r how id < "$work/found" || true

case "${how:-none}" in
  same) echo "Comment $id says this already." ;;
  later) echo "Comment $id was written by a run that planned later." ;;
  other)
    write PATCH "$repository/issues/comments/$id" "$page"
    if [ "$status" != 404 ]; then
      expect 200 "comment $id could not be edited"
      echo "Comment $id was edited."
      exit 0
    fi
    # Somebody deleted it just now.
    how=none
    ;;
esac
if [ "${how:-none}" = none ]; then
  write POST "$repository/issues/$PULL_NUMBER/comments" "$page"
  expect 201 "the comment could not be written (the job needs pull-requests: write)"
  echo "Comment $(jq .id "$work/answer") was written."
fi
