#!/bin/sh
# Installs the program and everything around it, or takes it away again.
# Usage: install.sh install|uninstall PREFIX DESTDIR PROGRAM
#   PREFIX   where the program is to be run from, such as /usr/local
#   DESTDIR  a folder that stands for /, for packagers; empty for the real one
#   PROGRAM  the built session-janitor
# Below /etc nothing that exists is overwritten, and nothing that was changed is removed.
set -eu

if [ $# -ne 4 ] || { [ "$1" != install ] && [ "$1" != uninstall ]; }; then
    sed -n 's/^# Usage: /usage: /p' "$0" >&2
    exit 2
fi
action=$1
prefix=$2
root=$3
program=$4
crons=$(dirname -- "$0")
if [ "$action" = install ] && [ ! -x "$program" ]; then
    echo "there is no $program yet: make static builds it" >&2
    exit 1
fi
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT

# The files have the paths of the Debian package.
adapted() {
    sed "s|/usr/lib/session-janitor|$prefix/lib/session-janitor|g; s|/usr/bin/session-janitor|$prefix/bin/session-janitor|g
        s|/usr/share/doc/session-janitor|$prefix/share/doc/session-janitor|g" "$1"
}

# place MODE SOURCE TARGET: a file of the program's own.
place() {
    case $action in
        install)
            mkdir -p "$root$(dirname -- "$3")"
            install -m "$1" "$2" "$root$3"
            ;;
        uninstall) rm -f "$root$3" ;;
    esac
}

# configure MODE SOURCE TARGET: a file that the administrator may change.
configure() {
    adapted "$2" >"$made/configuration"
    case $action in
        install)
            if [ -e "$root$3" ]; then
                cmp -s "$made/configuration" "$root$3" || echo "kept as it is: $root$3"
            else
                place "$1" "$made/configuration" "$3"
            fi
            ;;
        uninstall)
            if [ ! -e "$root$3" ] || cmp -s "$made/configuration" "$root$3"; then
                rm -f "$root$3"
            else
                echo "kept, since it was changed: $root$3"
            fi
            ;;
    esac
}

# generate TARGET WORD…: what the program prints of itself.
generate() {
    target=$1
    shift
    if [ "$action" = install ]; then "$program" "$@" >"$made/generated"; fi
    place 644 "$made/generated" "$target"
}

# folder MODE PATH: one that is the program's alone; it stays while there is something in it.
folder() {
    case $action in
        install) install -d -m "$1" "$root$2" ;;
        uninstall) rmdir "$root$2" 2>/dev/null || true ;;
    esac
}

place 755 "$program" "$prefix/bin/session-janitor"
generate "$prefix/share/man/man1/session-janitor.1" man
generate "$prefix/share/bash-completion/completions/session-janitor" completion bash
generate "$prefix/share/fish/vendor_completions.d/session-janitor.fish" completion fish
# zsh looks for a distribution's files elsewhere than for local additions.
case $prefix in
    /usr) zsh=vendor-completions ;;
    *) zsh=site-functions ;;
esac
generate "$prefix/share/zsh/$zsh/_session-janitor" completion zsh

for name in session_cleanup initial_cleanup scheduled_cleanup; do
    place 755 "$crons/session_cleanup/$name" "$prefix/lib/session-janitor/$name"
done
place 644 "$crons/session_cleanup/entry.sh" "$prefix/lib/session-janitor/entry.sh"
folder 755 "$prefix/lib/session-janitor"

documents=$prefix/share/doc/session-janitor
place 644 "$crons/README.md" "$documents/README.md"
place 644 "$crons/session_cleanup/crontab.example" "$documents/examples/crontab.example"
place 644 "$crons/prometheus/session-janitor.rules.yml" "$documents/examples/session-janitor.rules.yml"
folder 755 "$documents/examples"
folder 755 "$documents"

for unit in session-janitor.service session-janitor.timer; do
    adapted "$crons/systemd/$unit" >"$made/$unit"
    place 644 "$made/$unit" "$prefix/lib/systemd/system/$unit"
done

configure 600 "$crons/default/session-janitor" /etc/default/session-janitor
configure 644 "$crons/cron.d/session-janitor" /etc/cron.d/session-janitor
configure 644 "$crons/logrotate/session-janitor" /etc/logrotate.d/session-janitor
folder 750 /var/log/session-janitor
