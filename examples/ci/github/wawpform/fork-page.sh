#!/usr/bin/env bash
# fork-page.sh FOLDER PAGE: checks what an unprivileged job of a pull request from a fork left in FOLDER, and makes PAGE
# of it. Whoever opened the request controls everything in FOLDER. Says `number=N` in $GITHUB_OUTPUT, or nothing when
# there is nothing to show. $HEAD_SHA, $HEAD_REPOSITORY and $RUN_AT are what GitHub itself says of the run.
set -euo pipefail
# shellcheck source=api.sh
. "$(dirname "$0")/api.sh"

folder="$1"
if [ ! -e "$folder/page.md" ]; then
  echo "The job left no page."
  exit 0
fi
for file in number page.md; do
  if [ ! -f "$folder/$file" ] || [ -L "$folder/$file" ]; then
    fail "$file is not a plain file"
  fi
done

# The number: at most ten digits, and an open pull request of that very commit of that very fork.
[ "$(wc -c < "$folder/number")" -le 11 ] || fail "the number is too long"
number=$(cat "$folder/number")
[[ "$number" =~ ^[1-9][0-9]{0,9}$ ]] || fail "the number is none"
call GET "$repository/pulls/$number"
expect 200 "there is no such pull request"
jq -e '.state == "open" and .head.sha == env.HEAD_SHA and .head.repo.full_name == env.HEAD_REPOSITORY
  and .base.repo.full_name == env.GITHUB_REPOSITORY' "$work/answer" > /dev/null ||
  fail "the run does not belong to that pull request"

# The page: of wawpform's size, one marker and no other comment.
[ "$(wc -c < "$folder/page.md")" -le 60000 ] || fail "the page is too large"
head -n 1 "$folder/page.md" |
  LC_ALL=C grep -qxE '<!-- wawpform fleet=[a-z0-9][a-z0-9-]{0,62} ([a-z]+=[A-Za-z0-9:._]{1,128} )*-->' ||
  fail "the page does not begin as a page of wawpform does"
[ "$(grep -aoF '<!--' "$folder/page.md" | wc -l)" = 1 ] || fail "the page has another marker"
iconv -f UTF-8 -t UTF-8 "$folder/page.md" > /dev/null 2>&1 || fail "the page is not UTF-8"
! LC_ALL=C grep -qaP '[\x00-\x08\x0b-\x1f\x7f]' "$folder/page.md" || fail "the page has control characters"

# Another marker than that of plans: nothing is ever applied because of this comment. Nobody is called by an @. The time
# is GitHub's: a page that says it is of next year would never be replaced.
{
  sed -n '1s/^<!-- wawpform fleet=\([a-z0-9-]*\) .*/<!-- wawpform-fork fleet=\1 -->/p' "$folder/page.md"
  printf '> From a fork, made by a job that the pull request controls. It binds nobody: no plan is applied because of it.\n\n'
  tail -n +2 "$folder/page.md" | sed '/^Planned at /d; s/@/@\xe2\x81\xa0/g'
  printf "\nPlanned at \`%s\`.\n" "${RUN_AT:?}"
} > "$2"
echo "number=$number" >> "$GITHUB_OUTPUT"
