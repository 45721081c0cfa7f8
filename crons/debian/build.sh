#!/bin/sh
# Builds the Debian package and prints its path.
# Usage: build.sh PROGRAM FOLDER
#   PROGRAM  session-janitor with the Swift runtime inside
#   FOLDER   where the package goes, and what is needed on the way
# DEB_MAINTAINER names who stands for the package, as `Name <address>`.
set -eu
umask 022

program=$1
folder=$2
here=$(dirname -- "$0")
version=$(dpkg-parsechangelog -l "$here/changelog" -S Version)
architecture=$(dpkg --print-architecture)
tree=$folder/tree

if [ "$("$program" --version)" != "session-janitor ${version%-*}" ]; then
    echo "$here/changelog: its newest entry, $version, is not of $("$program" --version)" >&2
    exit 1
fi

rm -rf "$folder"
mkdir -p "$tree/DEBIAN" "$folder/debian"
strip --strip-unneeded --remove-section=.comment --remove-section=.note -o "$folder/session-janitor" "$program"
"$here/../install.sh" install /usr "$tree" "$folder/session-janitor"
gzip -9n "$tree/usr/share/man/man1/session-janitor.1"
documents=$tree/usr/share/doc/session-janitor
install -m 644 "$here/copyright" "$documents/copyright"
gzip -9nc "$here/changelog" >"$documents/changelog.Debian.gz"
install -D -m 644 "$here/lintian-overrides" "$tree/usr/share/lintian/overrides/session-janitor"

for script in postinst prerm postrm; do install -m 755 "$here/$script" "$tree/DEBIAN/$script"; done
(cd "$tree" && find etc -type f | sort | sed 's|^|/|') >"$tree/DEBIAN/conffiles"
(cd "$tree" && find usr -type f -print0 | sort -z | xargs -0 md5sum) >"$tree/DEBIAN/md5sums"

# Which packages hold the libraries that the program was linked with, dpkg-shlibdeps finds out; it wants debian/control.
sed "s|@MAINTAINER@|${DEB_MAINTAINER:-session-janitor maintainers <maintainers@session-janitor.invalid>}|" \
    "$here/control.in" >"$folder/debian/control"
(cd "$folder" && dpkg-shlibdeps -Tsubstvars tree/usr/bin/session-janitor)
(cd "$folder" && dpkg-gencontrol -psession-janitor -v"$version" -l"$OLDPWD/$here/changelog" -Tsubstvars -Ptree \
    -ffiles >/dev/null)

package=$folder/session-janitor_${version}_$architecture.deb
dpkg-deb --root-owner-group --build "$tree" "$package" >/dev/null
echo "$package"
