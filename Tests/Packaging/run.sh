#!/bin/sh
# Tries everything that gets installed, and says how many checks passed. `make test-packaging` has built what it needs.
# Usage: run.sh [NAME…]   of tests, such as cron; else all of them
set -u
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.." || exit 1
results=$(mktemp)
trap 'rm -f "$results"' EXIT

[ $# -gt 0 ] || set -- scripts docs cron logrotate install units alerts debian
for name in "$@"; do
    echo "$name:"
    "$here/test-$name.sh" || echo "  FAILED  test-$name.sh did not come to its end"
done | tee "$results"

failed=$(grep -c '^  FAILED ' "$results")
echo "$(grep -c '^  ok ' "$results") passed, $failed failed"
[ "$failed" -eq 0 ]
