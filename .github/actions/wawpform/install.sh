#!/usr/bin/env bash
# Fetches VERSION from the releases of REPOSITORY, and puts it on the path of the steps that follow if its archive has
# the checksum SHA256. Nothing of an archive that has another one is unpacked, let alone run.
set -euo pipefail

fail() {
  echo "::error::$1"
  exit 1
}

case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) target=x86_64-unknown-linux-musl ;;
  *) fail "there is no release for $(uname -s) on $(uname -m); build it with: cargo install" ;;
esac
[[ ${VERSION:?} =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$ ]] || fail "version: expected one such as 0.1.0"
[[ ${SHA256:?} =~ ^[0-9a-f]{64}$ ]] || fail "sha256: expected the 64 digits that SHA256SUMS of the release has"
[[ ${REPOSITORY:?} =~ ^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$ ]] || fail "repository: expected OWNER/NAME"

name=wawpform-$VERSION-$target
folder=${RUNNER_TEMP:?}/$name-$SHA256
if [ ! -x "$folder/$name/wawpform" ]; then
  mkdir -p "$folder"
  # Whoever answers has to have the archive of that checksum, so only the answer counts.
  curl --fail --silent --show-error --location --retry 3 --max-time 300 --output "$folder/archive" \
    "${GITHUB_SERVER_URL:?}/$REPOSITORY/releases/download/v$VERSION/$name.tar.gz" ||
    fail "the archive of $VERSION cannot be had from the releases of $REPOSITORY"
  found=$(sha256sum "$folder/archive")
  found=${found%% *}
  if [ "$found" != "$SHA256" ]; then
    rm -rf "$folder"
    fail "the archive of $VERSION has the checksum $found, not the one that is expected: do not use it before you know why"
  fi
  tar -xzf "$folder/archive" -C "$folder" --no-same-owner "$name/wawpform"
  rm "$folder/archive"
fi
echo "$folder/$name" >> "${GITHUB_PATH:?}"
"$folder/$name/wawpform" --version
