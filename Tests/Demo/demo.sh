#!/bin/sh
# What session-janitor does, on a private Redis that this script starts and ends: look, clean up, look again.
# Usage: demo.sh PATH-OF-SESSION-JANITOR
set -eu

janitor=$1
here=$(dirname "$0")
folder=$(mktemp -d "${TMPDIR:-/tmp}/session-janitor-demo.XXXXXX")
socket=$folder/redis.sock

redis-server --port 0 --unixsocket "$socket" --save '' --appendonly no --dir "$folder" \
    --logfile "$folder/redis.log" &
server=$!
finish() {
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    rm -rf "$folder"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Ten seconds at most; a server that has ended answers no more, and the log says why.
attempts=100
until [ "$(redis-cli -s "$socket" ping 2>/dev/null)" = PONG ]; do
    attempts=$((attempts - 1))
    if [ "$attempts" -eq 0 ] || ! kill -0 "$server" 2>/dev/null; then
        echo "demo: redis-server did not start:" >&2
        cat "$folder/redis.log" >&2
        exit 1
    fi
    sleep 0.1
done

echo "A private Redis $(redis-server --version | sed 's/.* v=\([^ ]*\) .*/\1/'), and in it an application's sessions:"
first=1
while [ "$first" -le 4000 ]; do
    redis-cli -s "$socket" --eval "$here/application.lua" , "$first" $((first + 499)) >/dev/null
    first=$((first + 500))
done
echo "  $(redis-cli -s "$socket" dbsize) keys, 4,000 users"

export REDIS_URL="unix://$socket"
run() {
    printf '\n$ session-janitor %s\n\n' "$*"
    "$janitor" "$@"
}
run --dry-run --include-expired
run --include-expired --yes
run --dry-run --include-expired
