#!/usr/bin/env bash
# Runs COMMAND. What the environment says becomes arguments, each of them one word whatever is in it.
set -euo pipefail

fail() {
  echo "::error::$1"
  exit 1
}

case "${COMMAND:?}" in
  validate) arguments=(validate --format github) ;;
  plan | drift | apply) arguments=("$COMMAND" --github) ;;
  *) fail "command: expected install, validate, plan, drift or apply" ;;
esac
while IFS= read -r line; do
  [ -z "$line" ] || arguments+=("--file=$line")
done <<< "${MANIFEST:-}"
if [ "$COMMAND" != validate ] && [ -n "${STATE:-}" ]; then
  arguments+=("--state=$STATE")
fi
case $COMMAND in
  plan)
    [ -z "${PLAN_FILE:-}" ] || arguments+=("--out=$PLAN_FILE")
    [ -z "${PAGE:-}" ] || arguments+=("--write=markdown=$PAGE")
    ;;
  drift)
    arguments+=(--format markdown)
    ;;
  apply)
    # A plan that nobody has looked at is not applied: a file, a fingerprint, or both say which one was.
    [ -n "${PLAN_FILE:-}${EXPECT:-}" ] || fail "apply: say which plan was reviewed, with plan-file, expect or both"
    [ -z "${EXPECT:-}" ] || arguments+=("--expect=$EXPECT")
    [ -n "${PLAN_FILE:-}" ] || arguments+=(--auto-approve)
    ;;
esac
while IFS= read -r line; do
  [ -z "$line" ] || arguments+=("$line")
done <<< "${ARGUMENTS:-}"
if [ "$COMMAND" = apply ] && [ -n "${PLAN_FILE:-}" ]; then
  arguments+=(-- "$PLAN_FILE")
fi

# Drift that is found is an output, not a failure: the workflow decides what follows from it.
if [ "$COMMAND" = drift ]; then
  code=0
  wawpform "${arguments[@]}" > "${PAGE:-/dev/null}" || code=$?
  [ "$code" != 6 ] || code=0
  exit "$code"
fi
# The step is the program, so that the signals of a job that is cancelled arrive.
exec wawpform "${arguments[@]}"
