#!/usr/bin/env bash
# reviewed.sh PAGE: which plan was reviewed? PAGE is the plan of the branch as it is now. Its fingerprint is compared
# with the one in the comment on the pull request that was merged as $GITHUB_SHA, or with $FINGERPRINT, which a person
# gave. Says `expect=HASH` in $GITHUB_OUTPUT; `expect=` when there is nothing to do. Exits with 3 when the plan is
# another one, or was never reviewed.
set -euo pipefail
# shellcheck source=api.sh
. "$(dirname "$0")/api.sh"

page="$1"
[ -s "$page" ] || fail "there is no plan"
fingerprint='1s/^<!-- wawpform fleet=[a-z0-9-]* .*fingerprint=\([0-9a-f]\{64\}\) .*/\1/p'
marker=$(sed -n '1s/^\(<!-- wawpform fleet=[a-z0-9-]* \).*/\1/p' "$page")
[ -n "$marker" ] || fail "the page does not begin as a page of wawpform does"
here=$(sed -n "$fingerprint" "$page")
if [ -z "$here" ]; then
  echo "Nothing is to be done."
  echo "expect=" >> "$GITHUB_OUTPUT"
  exit 0
fi

by_hand="Look at the plan in the summary of this run; if it is right, run this workflow by hand with the fingerprint $here"
if [ -n "${FINGERPRINT:-}" ]; then
  [[ "$FINGERPRINT" =~ ^[0-9a-f]{12,64}$ ]] || fail "that is not a fingerprint: 12 to 64 of the digits 0-9 and a-f"
  reviewed="$FINGERPRINT"
else
  every "$repository/commits/${GITHUB_SHA:?}/pulls?per_page=100"
  # Only the one whose merge this commit is: a commit belongs to others as well.
  number=$(jq -r --arg branch "${GITHUB_REF_NAME:?}" '[.[] | select(.merged_at != null and
    .merge_commit_sha == env.GITHUB_SHA and .base.ref == $branch)] | first.number // empty' "$work/all")
  [ -n "$number" ] || fail "no pull request was merged as this commit, so no plan was reviewed. $by_hand" 3
  every "$repository/issues/$number/comments?per_page=100"
  jq -r --arg marker "$marker" '[.[] | select(.user.login == env.API_AUTHOR and (.body | startswith($marker)))]
    | first.body // empty' "$work/all" > "$work/comment"
  reviewed=$(tr -d '\r' < "$work/comment" | sed -n "$fingerprint")
  [ -n "$reviewed" ] || fail "pull request $number has no comment with changes of this fleet, so no plan was reviewed. $by_hand" 3
fi
case "$here" in
  "$reviewed"*) ;;
  *) fail "the plan is not the one that was reviewed ($reviewed): manifest, state or flags are others now. $by_hand" 3 ;;
esac
echo "The plan is the one that was reviewed: $here"
echo "expect=$here" >> "$GITHUB_OUTPUT"
