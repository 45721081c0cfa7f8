# shellcheck shell=sh disable=SC2034
# Sourced by the tests, which run in the repository's folder: checks, a private Redis with orphans, cleaning up.

folder=$(mktemp -d "${TMPDIR:-/tmp}/session-janitor-packaging.XXXXXX")
socket=$folder/redis.sock
server=
# Another user has to get at the socket in it.
chmod 755 "$folder"
janitor=$PWD/.build/release/session-janitor

finish() {
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null
        wait "$server" 2>/dev/null
    fi
    rm -rf "$folder"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# check DESCRIPTION COMMAND…: one line, and what the command said if it failed.
check() {
    description=$1
    shift
    if "$@" >"$folder/said" 2>&1; then
        echo "  ok      $description"
    else
        echo "  FAILED  $description"
        sed 's/^/          /' "$folder/said"
    fi
}

# Whether two texts are the same; says what they are if not.
same() {
    [ "$1" = "$2" ] || {
        echo "expected: $2"
        echo "found:    $1"
        return 1
    }
}

is_empty() { same "$(cat "$1")" ''; }
mode() { stat -c %a "$1"; }
redis() { redis-cli -s "$socket" "$@"; }

# Waits until a command succeeds: within SECONDS COMMAND…
within() {
    attempts=$(($1 * 10))
    shift
    until "$@" >/dev/null 2>&1; do
        attempts=$((attempts - 1))
        [ "$attempts" -gt 0 ] || return 1
        sleep 0.1
    done
}

start_redis() {
    redis-server --port 0 --unixsocket "$socket" --unixsocketperm 777 --save '' --appendonly no --dir "$folder" \
        --logfile "$folder/redis.log" &
    server=$!
    within 10 redis ping || {
        cat "$folder/redis.log"
        exit 1
    }
}

# Three users with a session each: one live, one 40 days old, one gone.
fill() {
    redis flushall >/dev/null
    now=$(date +%s)
    old=$((now - 40 * 86400))
    redis set appauth:sess:live "{\"ts\": $now, \"exp\": $((now + 86400))}" EX 86400 >/dev/null
    redis set appauth:sess:old "{\"ts\": $old, \"exp\": $((now + 86400))}" EX 86400 >/dev/null
    redis zadd appauth:usess:live@example.org "$now" live >/dev/null
    redis zadd appauth:usess:old@example.org "$old" old >/dev/null
    redis zadd appauth:usess:gone@example.org "$old" gone >/dev/null
}

keys() { redis keys '*' | sort | tr '\n' ' '; }
all='appauth:sess:live appauth:sess:old appauth:usess:gone@example.org appauth:usess:live@example.org appauth:usess:old@example.org '
without_orphans='appauth:sess:live appauth:sess:old appauth:usess:live@example.org appauth:usess:old@example.org '
without_expired='appauth:sess:live appauth:usess:live@example.org '
