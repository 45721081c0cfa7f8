#!/bin/sh
# A rotated log: the next run writes to the new file, which has the mode that the log has.
# shellcheck source=Tests/Packaging/support.sh
. Tests/Packaging/support.sh

start_redis
logs=$folder/log
log=$logs/session_cleanup.log
mkdir -m 750 "$logs"
sed "s|/var/log/session-janitor|$logs|" crons/logrotate/session-janitor >"$folder/logrotate"
chmod 644 "$folder/logrotate"
run() {
    env -i PATH=/usr/bin:/bin REDIS_URL="unix://$socket" CLEANUP_LOG_FILE="$log" "$janitor" scheduled
}
rotate() { logrotate --force --state "$folder/state" "$folder/logrotate"; }

check "a folder without a log is no error" rotate
fill
run
check "the log is rotated" rotate
check "  with its lines" grep -q 'finished outcome=completed' "$log.1"
check "  into a new, empty file" is_empty "$log"
check "  with mode 0640" same "$(mode "$log")" 640
check "  of root and adm" same "$(stat -c %U:%G "$log")" root:adm
before=$(cat "$log.1")
run
check "the next run writes to the new file" same "$(wc -l <"$log")" 2
check "  and not to the old one" same "$(cat "$log.1")" "$before"
check "the second rotation compresses the first" rotate
check "  and keeps its lines" same "$(zcat "$log.2.gz")" "$before"
