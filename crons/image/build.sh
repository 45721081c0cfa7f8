#!/bin/sh
# Builds the container image from Debian's packages, without a registry, and prints its path.
# Usage: build.sh PACKAGE FOLDER
#   PACKAGE  the Debian package of session-janitor
#   FOLDER   where the image goes, and what is needed on the way
# The image has the program, the libraries that it was linked with and the certificate authorities; neither a shell nor
# a package manager.
set -eu
umask 022

package=$1
folder=$2
tree=$folder/tree
layout=$folder/oci
version=$(dpkg-deb --field "$package" Version)

rm -rf "$folder"
mkdir -p "$folder/packages" "$tree/etc/ssl/certs" "$tree/usr/lib/ssl" "$tree/tmp"

# As dpkg-shlibdeps found them out, and the authorities. What those packages depend on in turn serves their own scripts.
needed=$(dpkg-deb --field "$package" Depends | tr ',' '\n' | sed 's/^ *//; s/[ (|:].*//' | tr '\n' ' ')
# apt-get would have another user download, who may not write here.
fetch() (cd "$folder/packages" && apt-get -q -o APT::Sandbox::User="$(id -un)" download "$@" >/dev/null)
# shellcheck disable=SC2086 # one word for each package
fetch ca-certificates $needed
# This one has the licence of two libraries.
fetch "$(dpkg-deb --field "$folder"/packages/libgcc-s1_*.deb Depends | grep -o 'gcc-[0-9]*-base')"
for file in "$folder"/packages/*.deb "$package"; do dpkg-deb --extract "$file" "$tree"; done

# What ca-certificates and openssl do when they are installed. OpenSSL looks into /usr/lib/ssl.
find "$tree/usr/share/ca-certificates" -name '*.crt' -exec cat {} + >"$tree/etc/ssl/certs/ca-certificates.crt"
ln -sf /etc/ssl/certs/ca-certificates.crt "$tree/usr/lib/ssl/cert.pem"

# Left: the program, libraries, authorities, licences.
find "$tree" \( -path "$tree/usr/share/ca-certificates" -o -path "$tree/usr/sbin" -o -path "$tree/sbin" -o -name gconv \
    -o -name audit -o -path "$tree/usr/lib/systemd" -o -path "$tree/usr/lib/session-janitor" -o -path "$tree/etc/default" \
    -o -path "$tree/etc/cron.d" -o -path "$tree/etc/logrotate.d" -o -path "$tree/etc/ca-certificates" \
    -o -path "$tree/etc/kernel" -o -path "$tree/var" \) -prune -exec rm -rf {} +
find "$tree/usr/bin" ! -type d ! -name session-janitor -delete
find "$tree/usr/share" ! -type d ! -name copyright -delete
find "$tree/usr/share" -path '*/examples/*' -delete
find "$tree/usr/share" -xtype l -delete
find "$tree" -type d -empty ! -path "$tree/tmp" -delete
printf 'root:x:0:0:root:/:\njanitor:x:65532:65532:session-janitor:/:\n' >"$tree/etc/passwd"
printf 'root:x:0:\njanitor:x:65532:\n' >"$tree/etc/group"
chmod 1777 "$tree/tmp"

rootless=
[ "$(id -u)" -eq 0 ] || rootless=--rootless
umoci init --layout "$layout"
umoci new --image "$layout:latest"
umoci insert $rootless --image "$layout:latest" "$tree" / >/dev/null
umoci config --image "$layout:latest" --config.user 65532:65532 --config.entrypoint /usr/bin/session-janitor \
    --config.env PATH=/usr/bin --config.env LANG=C.UTF-8 --author session-janitor \
    --config.label org.opencontainers.image.title=session-janitor \
    --config.label "org.opencontainers.image.version=$version"
umoci gc --layout "$layout" >/dev/null 2>&1
# The name that podman and docker give it; umoci's own names have no colon.
sed -i 's/"latest"/"session-janitor:latest"/' "$layout/index.json"

archive=$folder/session-janitor.tar
tar --directory "$layout" --create --file "$archive" --sort=name --owner=0 --group=0 --numeric-owner .
echo "$archive"
