#!/bin/sh
# The systemd units, with the built program; at the paths that they name, they are tried with the Debian package.
# shellcheck source=Tests/Packaging/support.sh
. Tests/Packaging/support.sh

units=$folder/units
mkdir "$units"
cp crons/systemd/* "$units"
sed -i "s|^ExecStart=/usr/bin/session-janitor |ExecStart=$janitor |" "$units/session-janitor.service"

check "systemd-analyze verify is silent" sh -c "systemd-analyze verify --man=no '$units/session-janitor.service' \
    '$units/session-janitor.timer' 2>&1 | grep -F session-janitor. | tee /dev/stderr | { ! grep -q .; }"
check "the service has little left to give away" systemd-analyze security --offline=true --threshold=15 --no-pager \
    "$units/session-janitor.service"
check "the timer is for two at night" sh -c "systemd-analyze calendar '$(sed -n 's/^OnCalendar=//p' \
    crons/systemd/session-janitor.timer)' | grep -q '02:00:00'"
