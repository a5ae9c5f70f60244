#!/usr/bin/env bash
# Puts wawpform on the path of the steps that follow. One that is there already (in the image of a runner) is taken.
set -euo pipefail

if command -v wawpform; then
  exit 0
fi
case "${WAWPFORM_SOURCE:?} ${WAWPFORM_REV:?}" in
  */OWNER/* | *" 0000000000"*)
    echo "::error::set WAWPFORM_SOURCE and WAWPFORM_REV at the top of the workflow"
    exit 1
    ;;
esac
rustup toolchain install stable --profile minimal
cargo +stable install --locked --features all-stores --git "$WAWPFORM_SOURCE" --rev "$WAWPFORM_REV" \
  --root "$RUNNER_TEMP/wawpform" wawpform
echo "$RUNNER_TEMP/wawpform/bin" >> "$GITHUB_PATH"
