#!/bin/sh
# The alert rules: their form, when they fire, and that the metrics they look at exist.
# shellcheck source=Tests/Packaging/support.sh
. Tests/Packaging/support.sh

rules=crons/prometheus/session-janitor.rules.yml
cp "$rules" Tests/Packaging/alerts.test.yml "$folder"
check "promtool check rules" promtool check rules "$rules"
check "promtool test rules" promtool test rules "$folder/alerts.test.yml"

start_redis
fill
REDIS_URL=unix://$socket "$janitor" --quiet --metrics-file "$folder/metrics" >/dev/null
grep -o 'session_janitor_[a-z_]*' "$rules" | sort -u | while read -r name; do
    check "the program writes $name" grep -q "^$name{" "$folder/metrics"
done
