#!/bin/sh
# The entry scripts, as somebody runs them from a checkout: shellcheck, environment file, program, log.
# shellcheck source=Tests/Packaging/support.sh
. Tests/Packaging/support.sh

check "shellcheck has nothing to say" shellcheck -x crons/install.sh crons/*/build.sh crons/debian/p[or]* \
    crons/session_cleanup/*_cleanup crons/session_cleanup/entry.sh Tests/Packaging/*.sh

start_redis
copy="$folder/a checkout"
mkdir "$copy"
cp crons/session_cleanup/*_cleanup crons/session_cleanup/entry.sh "$copy"
cat >"$folder/environment" <<END
REDIS_URL='unix://$socket?db=0'
CLEANUP_MAX_AGE_DAYS=30
END

# run SCRIPT WORD…: with the least of an environment, and the variables in $given.
given=
run() {
    script=$1
    shift
    # shellcheck disable=SC2086 # one word for each variable
    env -i PATH=/usr/bin:/bin SESSION_JANITOR="$janitor" SESSION_JANITOR_ENVIRONMENT="$folder/environment" $given \
        "$copy/$script" "$@" </dev/null >"$folder/out" 2>"$folder/err"
}
status() {
    expected=$1
    shift
    run "$@"
    same "$?" "$expected" || { cat "$folder/out" "$folder/err"; return 1; }
}

fill
check "session_cleanup takes options over" status 0 session_cleanup --dry-run --json
check "  and its report is the program's" grep -q '"orphaned_sessions_found" *: *1' "$folder/out"
check "  and a dry run changes nothing" same "$(keys)" "$all"
check "session_cleanup cleans" status 0 session_cleanup --quiet
check "  and removes the orphan alone" same "$(keys)" "$without_orphans"

fill
check "initial_cleanup without a terminal removes nothing" status 2 initial_cleanup
check "  and says why" grep -q -- --yes "$folder/err"
check "  and nothing is gone" same "$(keys)" "$all"
check "initial_cleanup --yes cleans" status 0 initial_cleanup --yes
check "  and the orphan is gone" same "$(keys)" "$without_orphans"

fill
check "scheduled_cleanup succeeds" status 0 scheduled_cleanup
check "  and prints nothing" same "$(cat "$folder/out" "$folder/err")" ''
check "  and logs beside itself" grep -q 'session cleanup: finished outcome=completed' "$copy/session_cleanup.log"
check "  with mode 0640" same "$(mode "$copy/session_cleanup.log")" 640
check "  and the orphan is gone" same "$(keys)" "$without_orphans"
check "scheduled_cleanup --log-file logs elsewhere" status 0 scheduled_cleanup --log-file "$folder/option.log"
check "  in that file" test -s "$folder/option.log"
lines=$(wc -l <"$copy/session_cleanup.log")
given="CLEANUP_LOG_FILE=$folder/variable.log"
check "scheduled_cleanup heeds CLEANUP_LOG_FILE" status 0 scheduled_cleanup
check "  in that file" test -s "$folder/variable.log"
check "  and not beside itself" same "$(wc -l <"$copy/session_cleanup.log")" "$lines"

echo "SESSION_JANITOR_OPTIONS='--max-removals 0 --dry-run'" >>"$folder/environment"
fill
check "scheduled_cleanup takes SESSION_JANITOR_OPTIONS" status 0 scheduled_cleanup
check "  and they count" same "$(keys)" "$all"

given="REDIS_URL=unix://$folder/other.sock"
check "what the caller sets wins over the file" status 1 session_cleanup
given="REDIS_HOST=localhost.invalid"
check "a caller's REDIS_HOST wins over the file's REDIS_URL" status 1 session_cleanup
check "  by name" grep -q localhost.invalid "$folder/err"
check "  and nothing is gone" same "$(keys)" "$all"

given="SESSION_JANITOR_ENVIRONMENT=$folder/none"
check "an environment file that is not there is an error" status 2 session_cleanup
check "  by name" grep -q "no file $folder/none" "$folder/err"
given="SESSION_JANITOR=$folder/none"
check "a program that is not there is an error" status 2 session_cleanup
check "  by name" grep -q "program $folder/none was not found" "$folder/err"

chmod 600 "$folder/environment"
given=
as_nobody() {
    setpriv --reuid nobody --regid nogroup --clear-groups env -i PATH=/usr/bin:/bin SESSION_JANITOR=/bin/true \
        SESSION_JANITOR_ENVIRONMENT="$folder/environment" "$@" "$copy/session_cleanup" 2>"$folder/err"
}
if [ "$(id -u)" -eq 0 ]; then
    as_nobody REDIS_PREFIX=x
    check "an environment file that may not be read is an error" same "$?" 2
    check "  and says so" grep -q 'may not be read by nobody' "$folder/err"
    check "  unless the caller names a server" as_nobody REDIS_URL=redis://localhost
fi

: >"$folder/environment"
check "without a server nothing runs" status 2 scheduled_cleanup
check "  and one line says what to set" same "$(wc -l <"$folder/err") $(grep -c REDIS_URL "$folder/err")" '1 1'

check "the program is found in a checkout" env -i PATH=/usr/bin:/bin crons/session_cleanup/session_cleanup --version
ln -s "$copy/session_cleanup" "$folder/link"
check "a link to a script works" env -i PATH=/usr/bin:/bin SESSION_JANITOR="$janitor" "$folder/link" --version
