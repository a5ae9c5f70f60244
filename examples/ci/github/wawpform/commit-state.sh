#!/usr/bin/env bash
# Keeps the state in git, around an apply.
#   commit-state.sh begin    before it: pushes the branch `wawpform-applying`, which says that a state is on its way
#   commit-state.sh commit   after it: commits the state, pushes it, and deletes that branch
# While the branch is there, no other apply begins: it would not know what this one made, and make it twice. Nothing is
# ever forced. $GITHUB_REF_NAME is the branch that the state lives on, checked out.
set -euo pipefail

state="${STATE_FOLDER:-state}"
mark=refs/heads/wawpform-applying
run="${GITHUB_SERVER_URL:?}/${GITHUB_REPOSITORY:?}/actions/runs/${GITHUB_RUN_ID:?}"
export GIT_AUTHOR_NAME='github-actions[bot]' GIT_COMMITTER_NAME='github-actions[bot]'
export GIT_AUTHOR_EMAIL='41898282+github-actions[bot]@users.noreply.github.com'
export GIT_COMMITTER_EMAIL="$GIT_AUTHOR_EMAIL"

fail() {
  printf '::error::%s\n' "$1"
  exit 1
}

begin() {
  # A commit of its own, without parents: it is never a fast-forward of what is there, so only one push wins. The number
  # by chance makes it so even when two begin in the same second: pushing one and the same commit again would succeed.
  local commit chance
  chance=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  commit=$(git commit-tree -m "An apply is under way: $run, attempt ${GITHUB_RUN_ATTEMPT:?}" -m "$chance" \
    "$(git mktree < /dev/null)")
  git push --quiet origin "$commit:$mark" || fail "an earlier apply has not brought its state home: the message of the \
branch ${mark#refs/heads/} names its run. Bring the state back from that run's artifact, then delete the branch"
  # Only now nobody else applies: is the state that was checked out still the one of the branch?
  git fetch --quiet origin "refs/heads/${GITHUB_REF_NAME:?}"
  if ! git diff --quiet HEAD FETCH_HEAD -- "$state"; then
    git push --quiet origin --delete "$mark"
    fail "the state has moved on since this job began; run it again"
  fi
}

commit() {
  # Where the state could not be written in its place, the truth is there, and a person has to bring it home.
  [ ! -e errored.state.json ] || fail "the state could not be kept in its place; errored.state.json is in this run's artifact"
  # The journal is there only when an apply was cut off; whoever reads the state next folds it in.
  local path
  for path in ":(glob)$state/*.json" ":(glob)$state/*.json.journal"; do
    if [ -n "$(git ls-files --cached --others -- "$path")" ]; then
      git add --all --force -- "$path"
    fi
  done
  if ! git diff --cached --quiet; then
    git commit --quiet -m "Record the state after an apply" -m "$run"
    local try=1
    until git push --quiet origin "HEAD:refs/heads/${GITHUB_REF_NAME:?}"; do
      [ "$try" -lt 5 ] || fail "the state could not be pushed; it is in this run's artifact"
      try=$((try + 1))
      # Somebody pushed in between: on top of that, once more.
      git fetch --quiet origin "refs/heads/$GITHUB_REF_NAME"
      git rebase --quiet FETCH_HEAD || {
        git rebase --abort
        fail "somebody else changed the state in the meantime; this run's state is in its artifact"
      }
    done
  fi
  git push --quiet origin --delete "$mark"
}

case "${1:-}" in
  begin | commit) "$1" ;;
  *) fail "commit-state.sh begin|commit" ;;
esac
