#!/bin/sh
# The container image: what is in it, and a clean-up in it as the user that it names, with a root that is read-only.
# shellcheck source=Tests/Packaging/support.sh
. Tests/Packaging/support.sh

archive=.build/image/session-janitor.tar
mkdir "$folder/oci"
check "it is an archive" tar -xf "$archive" -C "$folder/oci"
check "  with the name that podman and docker show" grep -q '"session-janitor:latest"' "$folder/oci/index.json"
sed -i 's/session-janitor:latest/latest/' "$folder/oci/index.json"
rootless=
[ "$(id -u)" -eq 0 ] || rootless=--rootless
check "umoci unpacks it" umoci unpack $rootless --image "$folder/oci:latest" "$folder/bundle"
root=$folder/bundle/rootfs
check "there is one program in it" same "$(find "$root" -type f -perm /111 ! -name '*.so*' | sed "s|$root||")" \
    /usr/bin/session-janitor
check "nobody has more rights than the user" same "$(find "$root" -perm /6000)" ''
check "nothing in it is the user's" same "$(find "$root" -perm -o+w ! -type l | sed "s|$root||")" /tmp
check "there are authorities for TLS" sh -c "grep -c BEGIN '$root/etc/ssl/certs/ca-certificates.crt' | grep -E '^[0-9]{3}$'"
check "  where OpenSSL looks" same "$(readlink "$root/usr/lib/ssl/cert.pem")" /etc/ssl/certs/ca-certificates.crt
check "the licences are in it" test -s "$root/usr/share/doc/session-janitor/copyright" -a -s "$root/usr/share/doc/libssl3/copyright"
size=$(du -sm --apparent-size "$root" | cut -f 1)
check "it has the size that the README says" grep -q "container image of $(((size + 9) / 10 * 10)) MB" README.md

# in_image WORD…: runs session-janitor with these words in the image, by whatever this machine allows.
if [ "$(id -u)" -ne 0 ]; then
    echo "  not root: the image is not run"
    exit 0
fi
in_image() {
    python3 - "$folder/bundle/config.json" "$folder" "$@" <<'END'
import json, sys
path, folder, *words = sys.argv[1:]
with open(path) as file:
    bundle = json.load(file)
process = bundle["process"]
process["terminal"] = False
process["args"] = process["args"][:1] + words
process["env"] = [text for text in process["env"] if not text.startswith(("REDIS_", "CLEANUP_"))]
process["env"] += ["REDIS_URL=unix:///shared/redis.sock", "CLEANUP_LOG_FILE=/dev/stdout"]
process["capabilities"] = {}
bundle["root"]["readonly"] = True
bundle["mounts"] = [mount for mount in bundle["mounts"] if mount["destination"] != "/shared"]
bundle["mounts"].append({"destination": "/shared", "type": "bind", "source": folder, "options": ["rbind", "ro"]})
with open(path, "w") as file:
    json.dump(bundle, file)
END
    if [ "$way" = runc ]; then
        runc run --bundle "$folder/bundle" "session-janitor-$$"
    else
        # shellcheck disable=SC2016 # for the inner shell
        unshare --mount sh -c '
            mount --bind "$1" "$1" && mount -t tmpfs none "$1/shared" && mount --rbind "$2" "$1/shared" &&
            mount -t proc none "$1/proc" && mount -o remount,bind,ro "$1" || exit 99
            root=$1
            shift 2
            exec env -i PATH=/usr/sbin:/usr/bin REDIS_URL=unix:///shared/redis.sock \
                chroot --userspec 65532:65532 "$root" /usr/bin/session-janitor "$@"
        ' sh "$root" "$folder" "$@"
    fi
}
mkdir -p "$root/shared" "$root/proc"
way=runc
if ! in_image --version >"$folder/runc" 2>&1; then
    echo "  runc does not run here ($(tail -n 1 "$folder/runc")): chroot is tried"
    way=chroot
fi
check "it runs ($way)" same "$(in_image --version)" "$("$janitor" --version)"

start_redis
fill
check "a dry run" in_image --dry-run
check "  changes nothing" same "$(keys)" "$all"
in_image scheduled >"$folder/out" 2>"$folder/err"
check "a nightly run" same "$?" 0
check "  cleans" same "$(keys)" "$without_orphans"
# A runtime gives the container's user its standard output; a plain chroot does not.
[ "$way" = chroot ] || check "  logs to standard output" grep -q 'session cleanup: .*exit_status=0' "$folder/out"
check "  and says nothing else" is_empty "$folder/err"
fill
in_image --backup /backup.jsonl >"$folder/out" 2>"$folder/err"
check "a file in the image cannot be written" same "$?" 1
check "  which is said" grep -q '/backup.jsonl' "$folder/err"
check "  and nothing is removed" same "$(keys)" "$all"
