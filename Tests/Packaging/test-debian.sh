#!/bin/sh
# The Debian package: lintian, and for real: install, run, keep what was configured, remove, purge.
# shellcheck source=Tests/Packaging/support.sh
. Tests/Packaging/support.sh

package=$(ls .build/deb/session-janitor_*.deb)
check "lintian finds no error and no flaw" lintian --allow-root --fail-on error,warning \
    --suppress-tags initial-upload-closes-no-bugs "$package"
check "it depends on the libhiredis it was linked with" sh -c "dpkg-deb -f '$package' Depends | grep -E 'libhiredis[0-9.]+ '"
check "it depends on the libssl it was linked with" sh -c "dpkg-deb -f '$package' Depends | grep -E 'libssl[0-9.]+'"
if [ "$(id -u)" -ne 0 ]; then
    echo "  not root: the package is not installed"
    exit 0
fi
if dpkg -s session-janitor >/dev/null 2>&1; then
    echo "  FAILED  session-janitor is installed here already; this test would remove it"
    exit 0
fi
trap 'dpkg --purge session-janitor >/dev/null 2>&1; finish' EXIT

traces() {
    find /etc /usr /var/log /var/lib/systemd -name '*session*janitor*' -not -path '/usr/src/*' 2>/dev/null
}
before=$(traces)
check "it installs" dpkg -i "$package"
check "session-janitor --version" session-janitor --version
check "  without the toolchain" sh -c '! ldd /usr/bin/session-janitor | grep -i swift'
check "each file is as packaged" dpkg --verify session-janitor
check "the environment file is root's alone" same "$(stat -c %U:%a /etc/default/session-janitor)" root:600
check "nothing is switched on" sh -c '! grep -v "^#" /etc/cron.d/session-janitor | grep -q "\*" &&
    ! find /etc/systemd/system -name "session-janitor*" | grep .'
check "systemd-analyze verify is silent" sh -c 'systemd-analyze verify session-janitor.service session-janitor.timer 2>&1 |
    grep -F session-janitor | tee /dev/stderr | { ! grep -q .; }'

start_redis
fill
echo "REDIS_URL='unix://$socket'" >>/etc/default/session-janitor
check "a dry run" /usr/lib/session-janitor/session_cleanup --dry-run
check "  changes nothing" same "$(keys)" "$all"
check "the nightly run" /usr/lib/session-janitor/scheduled_cleanup
check "  cleans" same "$(keys)" "$without_orphans"
check "  and logs" grep -q outcome=completed /var/log/session-janitor/session_cleanup.log

check "it installs again" dpkg -i "$package"
check "  and keeps what was configured" grep -q "$socket" /etc/default/session-janitor
mkdir -p /etc/systemd/system/timers.target.wants
ln -s /usr/lib/systemd/system/session-janitor.timer /etc/systemd/system/timers.target.wants/session-janitor.timer
check "it is removed" dpkg --remove session-janitor
check "  and what was configured is kept" grep -q "$socket" /etc/default/session-janitor
check "  and a cron line that is left does nothing" sh -c "$(awk -v fields=6 -v commented=1 \
    -f Tests/Packaging/cron-words.awk /etc/cron.d/session-janitor | head -n 1)"
check "it is purged" dpkg --purge session-janitor
check "  and no trace is left" same "$(traces)" "$before"
