#!/bin/sh
# Installs Debian packages that are missing, and says so. Each argument is WHAT:PACKAGE, where WHAT is a command or
# the path of a file that the package brings.
set -eu

missing=
for pair in "$@"; do
    what=${pair%%:*}
    case $what in
        /*) [ -e "$what" ] && continue ;;
        *) command -v "$what" >/dev/null 2>&1 && continue ;;
    esac
    missing="$missing ${pair#*:}"
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "deps: please install, by your system's own means:$missing" >&2
    exit 1
fi
root=
if [ "$(id -u)" -ne 0 ]; then root=sudo; fi
echo "deps: installing from Debian's packages:$missing"

# A package of a server would start it at once; nothing here wants a Redis that listens on the network.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | $root tee "$policy" >/dev/null
    $root chmod +x "$policy"
    trap '$root rm -f "$policy"' EXIT
fi
$root apt-get update -qq
# shellcheck disable=SC2086 # one word for each package
$root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
