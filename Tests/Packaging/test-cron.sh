#!/bin/sh
# The cron files: each line exactly as cron runs it (almost no environment, sh, no terminal), and by a cron daemon.
# shellcheck source=Tests/Packaging/support.sh
. Tests/Packaging/support.sh

start_redis
crontab=crons/cron.d/session-janitor
environment=$folder/environment
log=$folder/session_cleanup.log
printf '%s\n' "REDIS_URL='unix://$socket'" "CLEANUP_LOG_FILE=$log" >"$environment"

# The installed paths stand for those of this checkout. The file's own assignments are part of what is tried.
ln -s "$PWD/.build/release/session-janitor" "$folder/session-janitor"
adapted() {
    sed "s|/usr/lib/session-janitor|$PWD/crons/session_cleanup|g; s|^PATH=|&$folder:|" "$1"
}
adapted "$crontab" >"$folder/cron.d"
adapted crons/session_cleanup/crontab.example | sed "s|^REDIS_URL=.*|REDIS_URL=unix://$socket|" >"$folder/crontab"

# as_cron FILE FIELDS NUMBER: the job of that number, with the file's assignments.
as_cron() {
    command=$(awk -v fields="$2" -v commented=1 -f Tests/Packaging/cron-words.awk "$1" | sed -n "$3p")
    [ -n "$command" ] || return 99
    # shellcheck disable=SC2016
    grep -E '^[A-Z_]+=' "$1" | tr '\n' '\0' | xargs -0 sh -c '
        command=$1 environment=$2
        shift 2
        exec setsid --wait env -i HOME=/root LOGNAME=root SHELL=/bin/sh PATH=/usr/bin:/bin "$@" \
            SESSION_JANITOR_ENVIRONMENT="$environment" /bin/sh -c "$command"
    ' sh "$command" "$environment" >"$folder/mail" 2>&1
}

check "everything is commented out" same "$(awk -v fields=6 -f Tests/Packaging/cron-words.awk "$crontab")" ''
check "there are three schedules" same "$(grep -c '^#[0-9]' "$crontab")" 3
check "at two, at two, and every six hours" same "$(sed -n 's/^#\([0-9*][^a-z]*[^ a-z]\) *root .*/\1/p' "$crontab" |
    paste -sd ,)" '0 2 * * *,0 2 * * *,0 */6 * * *'

fill
check "the nightly line runs" as_cron "$folder/cron.d" 6 1
check "  and causes no mail" is_empty "$folder/mail"
check "  and removes the orphan alone" same "$(keys)" "$without_orphans"
check "  and logs" grep -q 'session cleanup: finished outcome=completed exit_status=0' "$log"
check "  with mode 0640" same "$(mode "$log")" 640

fill
check "the line with CLEANUP_INCLUDE_EXPIRED runs" as_cron "$folder/cron.d" 6 2
check "  and causes no mail" is_empty "$folder/mail"
check "  and removes the expired session as well" same "$(keys)" "$without_expired"

fill
lines=$(wc -l <"$log")
check "the six-hourly line runs" as_cron "$folder/cron.d" 6 3
check "  and causes no mail" is_empty "$folder/mail"
check "  and removes the orphan alone" same "$(keys)" "$without_orphans"
check "  and logs nothing" same "$(wc -l <"$log")" "$lines"

fill
redis zadd appauth:usess:gone@example.org 1 another >/dev/null
as_cron "$folder/crontab" 5 1
check "the example's nightly line is refused more than a fifth" same "$?" 123
check "  and the mail says so" grep -q 'refused' "$folder/mail"
check "  and nothing is gone" same "$(keys)" "$all"
for user in 1 2 3 4 5 6; do
    redis set "appauth:sess:$user" "{\"ts\": $now}" EX 60 >/dev/null
    redis zadd appauth:usess:many@example.org "$now" "$user" >/dev/null
done
check "  and runs when it is less" as_cron "$folder/crontab" 5 1
check "  and causes no mail" is_empty "$folder/mail"
check "  and removes the orphan" same "$(redis exists appauth:usess:gone@example.org)" 0
check "the example's look runs" as_cron "$folder/crontab" 5 2
check "  and its report becomes mail" test -s "$folder/mail"

# A real daemon in a mount namespace, where it sees this crontab and no other. It needs root, and up to a minute.
cron_may_run() {
    unshare --mount sh -c 'mount --bind /etc/cron.d /etc/cron.d'
}
if ! cron_may_run 2>/dev/null; then
    echo "  a cron daemon cannot be kept apart here: not tried"
    exit 0
fi
mkdir "$folder/cron" "$folder/spool"
{
    echo "SESSION_JANITOR_ENVIRONMENT=$environment"
    echo "SESSION_JANITOR=$janitor"
    # Every minute instead of every night.
    sed -n 's/^#0 2 \* \* \*/* * * * */p; /^[A-Z]*=/p' "$folder/cron.d" | awk '!/CLEANUP_INCLUDE/'
} >"$folder/cron/session-janitor"
chmod 600 "$folder/cron/session-janitor"
: >"$folder/nothing"
rm -f "$log"
fill
# shellcheck disable=SC2016
unshare --mount sh -c '
    mount --bind "$1/cron" /etc/cron.d && mount --bind "$1/nothing" /etc/crontab &&
    mount --bind "$1/spool" /var/spool/cron/crontabs && mount -t tmpfs none /run && exec cron -f
' sh "$folder" >"$folder/cron.log" 2>&1 &
daemon=$!
trap 'kill "$daemon" 2>/dev/null; wait "$daemon" 2>/dev/null; finish' EXIT
check "a cron daemon runs the nightly line" within 75 grep -q 'finished outcome=completed exit_status=0' "$log"
check "  and removes the orphan alone" same "$(keys)" "$without_orphans"
