#!/bin/sh
# Runs the integration tests against each server that is named, or against all: run.sh [NAME...]. Prints a table at
# the end; its status is 0 if every server could be had and passed. `system` is redis-server of PATH.
# SESSION_JANITOR_FILTER narrows the tests down.
set -eu

servers=.build/servers
[ $# -gt 0 ] || set -- redis-5.0 redis-6.0 redis-6.2 system redis-8.0 valkey-8.1
status=0
table="| server | version | tests passed | left out |
|---|---|---|---|"
for name in "$@"; do
    if [ "$name" = system ]; then
        program=$(command -v redis-server)
    elif ! program=$(Tests/Servers/get.sh "$servers" "$name"); then
        table="$table
| $name | cannot be had | | |"
        status=1
        continue
    fi
    version=$("$program" --version | sed -E 's/ server v=([^ ]+).*/ \1/')
    echo "== $version"
    log=$servers/$name.log
    passed="tests failed: $log"
    if SESSION_JANITOR_REDIS_SERVER=$program swift test --skip-build -Xswiftc -warnings-as-errors \
        --filter "${SESSION_JANITOR_FILTER:-IntegrationTests}" >"$log" 2>&1; then
        # The sum counts those that were left out, too.
        passed=$(sed -nE 's/.*Test run with ([0-9]+) tests.* passed after.*/\1/p' "$log")
        passed=$((passed - $(grep -cE '^.* Test .* skipped' "$log" || true)))
    else
        status=1
    fi
    skipped=$(grep -E '^.* Test .* skipped' "$log" | sed -E 's/.*skipped:? ?"?([^"]*)"?.*/\1/' | sort | uniq -c |
        awk '{count = $1; $1 = ""; printf "%s%d:%s", separator, count, $0; separator = "; "}')
    grep -E '^.* (Test|Suite) .*recorded an issue|failed after' "$log" || true
    table="$table
| $name | $version | $passed | $skipped |"
done
echo
echo "$table"
exit $status
