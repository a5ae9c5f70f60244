# shellcheck shell=bash
# Calls to GitHub's REST API, for the scripts beside it, which source it. Needs curl and jq; in the environment
# GITHUB_API_URL, GITHUB_REPOSITORY (the runner sets both) and GITHUB_TOKEN.

: "${GITHUB_API_URL:?}" "${GITHUB_REPOSITORY:?}" "${GITHUB_TOKEN:?give the step GITHUB_TOKEN}"
# Who writes with that token. With a token of another app or person, name that one.
export API_AUTHOR="${API_AUTHOR:-github-actions[bot]}"
# shellcheck disable=SC2034 # for the scripts
repository="$GITHUB_API_URL/repos/$GITHUB_REPOSITORY"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# From a file, so that the token is in no list of processes.
(umask 077 && printf 'Authorization: Bearer %s\n' "$GITHUB_TOKEN" > "$work/authorization")

fail() {
  printf '::error::%s\n' "$1"
  exit "${2:-1}"
}

# call METHOD URL [JSON-FILE]: the answer is left in $work/answer, its headers in $work/headers, the status in $status.
call() {
  local arguments=(--silent --show-error --max-time 60 --request "$1" --output "$work/answer"
    --dump-header "$work/headers" --write-out '%{http_code}' --header "@$work/authorization"
    --header 'Accept: application/vnd.github+json' --header 'X-GitHub-Api-Version: 2022-11-28')
  # A POST is not repeated: nobody knows whether the first one was done.
  [ "$1" = POST ] || arguments+=(--retry 3 --retry-connrefused)
  [ -z "${3:-}" ] || arguments+=(--header 'Content-Type: application/json' --data-binary "@$3")
  : > "$work/answer"
  status=$(curl "${arguments[@]}" "$2") || fail "$1 $2 got no answer"
}

# expect STATUS WHAT: ends the script when the last call went otherwise.
expect() {
  [ "$status" = "$1" ] || fail "$2: HTTP $status: $(jq -r '.message // empty' "$work/answer" 2>/dev/null | tr -d '\r\n')"
}

# every URL: all pages of a list, as one array in $work/all.
every() {
  local next="$1"
  printf '[]' > "$work/all"
  while [ -n "$next" ]; do
    # The token goes to no other address, whatever a header says.
    case "$next" in "$GITHUB_API_URL"/*) ;; *) fail "a list goes on at another address" ;; esac
    call GET "$next"
    expect 200 "$next could not be read"
    jq -s '.[0] + .[1]' "$work/all" "$work/answer" > "$work/more"
    mv "$work/more" "$work/all"
    next=$(tr -d '\r' < "$work/headers" | sed -n 's/^[Ll]ink: .*<\([^>]*\)>; rel="next".*/\1/p')
  done
}

# shorten BYTES FILE: the first lines that fit, cut where neither a fold nor a block of code is open; the last line stays.
shorten() {
  LC_ALL=C awk -v room="$(($1 - 300))" '
    { line[NR] = $0 }
    END {
      for (n = 1; n < NR; n++) {
        used += length(line[n]) + 1
        if (used > room) break
        if (line[n] ~ /^(```|~~~)/) fence = !fence
        if (!fence && line[n] ~ /^<details>/) open++
        if (!fence && line[n] ~ /^<\/details>/) open--
        if (!fence && !open) keep = n
      }
      for (n = 1; n <= keep; n++) print line[n]
      print "\nToo long for this place; the rest is in the log of the run.\n"
      print line[NR]
    }' "$2"
}

# write METHOD URL PAGE [JQ-OBJECT]: sends a page as `body`, beside other fields. Too long is no failure: it is cut until it fits.
write() {
  local page="$3" fields="${4:-null}" room=60000
  while :; do
    jq -Rs "{body: .} + $fields" < "$page" > "$work/request"
    call "$1" "$2" "$work/request"
    if [ "$status" != 422 ] || [ "$room" -lt 1000 ]; then
      return
    fi
    # Half of what it was, or less where it was longer than any page may be.
    room=$((room / 2))
    shorten "$room" "$3" > "$work/shorter"
    page="$work/shorter"
  done
}
