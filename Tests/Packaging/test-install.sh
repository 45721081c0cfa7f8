#!/bin/sh
# make install and make uninstall.
# shellcheck source=Tests/Packaging/support.sh
. Tests/Packaging/support.sh

root=$folder/root
configuration=$root/etc/default/session-janitor
install() { make -s install PREFIX=/usr/local DESTDIR="$root"; }
uninstall() { make -s uninstall PREFIX=/usr/local DESTDIR="$root"; }

check "it installs" install
local=$root/usr/local
check "the program runs" "$local/bin/session-janitor" --version
check "  without the toolchain" sh -c "! ldd '$local/bin/session-janitor' | grep -i swift"
check "the script finds the program beside it" env -i PATH=/usr/bin:/bin "$local/lib/session-janitor/session_cleanup" --version
check "the manual page has no fault" sh -c "man --warnings -E UTF-8 -l '$local/share/man/man1/session-janitor.1' 2>&1 >/dev/null |
    tee /dev/stderr | { ! grep -q .; }"
check "bash reads its completion" bash -n "$local/share/bash-completion/completions/session-janitor"
check "zsh reads its completion" zsh -n "$local/share/zsh/site-functions/_session-janitor"
check "fish reads its completion" fish --no-execute "$local/share/fish/vendor_completions.d/session-janitor.fish"
check "the environment file is root's alone" same "$(mode "$configuration")" 600
check "  and sets the log alone" same "$(grep -c '^[^#]' "$configuration") $(grep '^CLEANUP' "$configuration")" \
    '1 CLEANUP_LOG_FILE=/var/log/session-janitor/session_cleanup.log'
# Most lines are comments that become settings without their #, so those have to be valid as well.
sed 's/^#\([A-Z_]*=\)/\1/' "$configuration" >"$folder/all"
check "  and sh takes each of its lines" same "$(env -i sh -c ". '$folder/all'; echo \"\$REDIS_URL \$SESSION_JANITOR_OPTIONS\"" |
    cut -c 1-46)" 'redis://localhost:6379/0 --max-removals 20% --'
check "no file has another prefix's path" sh -c "! grep -rn '/usr/lib/session-janitor\|/usr/bin/session-janitor' '$root/etc' \
    '$local/lib'"

echo "REDIS_URL=redis://mine" >"$configuration"
check "it installs again" install
check "  and keeps the environment file" same "$(cat "$configuration")" REDIS_URL=redis://mine
check "  and says so" sh -c "make -s install PREFIX=/usr/local DESTDIR='$root' | grep 'kept as it is: $configuration'"
check "it uninstalls" uninstall
check "  all but what was changed" same "$(find "$root" -type f -o -name '*session*janitor*')" "$configuration"
rm "$configuration"
install
check "what was not changed is uninstalled" uninstall
check "  and nothing is left" same "$(find "$root" ! -type d -o -name '*session*janitor*')" ''
mkdir -p "$folder/empty"
check "without a program it says what to do" sh -c "crons/install.sh install /usr '$folder/empty' /none 2>&1 | grep 'make static'"
check "  and installs nothing" same "$(ls "$folder/empty")" ''

# The front page's own words, with somebody else for sudo.
mkdir "$folder/bin"
printf '#!/bin/sh\nexec "$@"\n' >"$folder/bin/sudo"
chmod +x "$folder/bin/sudo"
for page in README.md Sources/session-janitor/Documentation.docc/zh-CN.md; do
    awk '/^```sh install$/ { inside = 1; next } /^```$/ { inside = 0 } inside' "$page" >"$folder/words"
    check "$page says how to install" grep -q 'make static && sudo make install' "$folder/words"
    check "  and that installs" env PATH="$folder/bin:$PATH" DESTDIR="$folder/$(basename "$page")" sh -e "$folder/words"
    check "  and the program runs" "$folder/$(basename "$page")/usr/local/bin/session-janitor" --version
done
