# shellcheck shell=sh
# Sourced by the entry scripts: takes the environment file over, and sets `program`.

: "${here:?the folder of the entry scripts}"

complain() {
    echo "session-janitor: $1" >&2
    exit 2
}

server_is_named() {
    [ -n "${REDIS_URL:-}${REDIS_URI:-}${REDIS_HOST:-}" ]
}

# What the caller has set wins over the file. A caller who names a server gets that one alone: no half of it, such as
# a user or a database, is taken from the file, nor a URL that would win over the caller's REDIS_HOST.
read_environment_file() {
    file=${SESSION_JANITOR_ENVIRONMENT:-/etc/default/session-janitor}
    if [ ! -e "$file" ]; then
        [ -z "${SESSION_JANITOR_ENVIRONMENT:-}" ] || complain "SESSION_JANITOR_ENVIRONMENT: there is no file $file"
        return 0
    fi
    if [ ! -r "$file" ]; then
        if server_is_named; then return 0; fi
        complain "$file may not be read by $(id -un): run this as root, or set REDIS_URL"
    fi
    # A path without a slash would be looked for in PATH.
    case $file in */*) ;; *) file=./$file ;; esac
    callers=$(export -p)
    callers_server=no
    if server_is_named; then callers_server=yes; fi
    set -a
    # shellcheck source=crons/default/session-janitor
    . "$file"
    set +a
    if [ "$callers_server" = yes ]; then
        unset REDIS_URL REDIS_URI REDIS_HOST REDIS_PORT REDIS_DB REDIS_USERNAME REDIS_PASSWORD
        unset REDIS_PASSWORD_FILE SENTINEL_USERNAME SENTINEL_PASSWORD
    fi
    eval "$callers"
    unset callers callers_server
}

find_program() {
    if [ -n "${SESSION_JANITOR:-}" ]; then
        echo "$SESSION_JANITOR"
        return
    fi
    # In PATH; beside an installed lib/session-janitor; built in the source folder.
    for candidate in "$(command -v session-janitor || true)" "$here/../../bin/session-janitor" \
        "$here/../../.build/release/session-janitor"; do
        if [ -x "$candidate" ]; then
            echo "$candidate"
            return
        fi
    done
}

read_environment_file
program=$(find_program)
[ -x "$program" ] || complain "the program ${program:-session-janitor} was not found: install it, or set SESSION_JANITOR to its path"
