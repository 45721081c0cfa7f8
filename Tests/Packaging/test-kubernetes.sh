#!/bin/sh
# The Kubernetes manifest: the published schemas, and what ties its three objects, the image and the program together.
# shellcheck source=Tests/Packaging/support.sh
. Tests/Packaging/support.sh

manifest=crons/kubernetes/session-janitor.yaml
venv=.build/manifests/venv/bin
for version in 1.25.0 1.30.0 1.37.0; do
    check "it is valid in Kubernetes $version" "$venv/kubernetes-validate" --strict --kubernetes-version "$version" \
        "$manifest"
done
check "its parts fit together" "$venv/python" - "$manifest" <<'END'
import sys, yaml
with open(sys.argv[1]) as file:
    objects = {each["kind"]: each for each in yaml.safe_load_all(file)}
job = objects["CronJob"]["spec"]["jobTemplate"]["spec"]
pod = job["template"]["spec"]
[container] = pod["containers"]
assert set(objects) == {"Secret", "ConfigMap", "CronJob"}, set(objects)
assert container["envFrom"] == [
    {"secretRef": {"name": objects["Secret"]["metadata"]["name"]}},
    {"configMapRef": {"name": objects["ConfigMap"]["metadata"]["name"]}},
], container["envFrom"]
assert pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["runAsUser"] == 65532
context = container["securityContext"]
assert context["readOnlyRootFilesystem"] and not context["allowPrivilegeEscalation"]
assert context["capabilities"] == {"drop": ["ALL"]}
assert pod["restartPolicy"] == "Never" and job["backoffLimit"] == 0
assert not any("URL" in name or "PASSWORD" in name for name in objects["ConfigMap"]["data"])
END

# The job's words and variables, with the program itself.
start_redis
"$venv/python" - "$manifest" >"$folder/job" <<'END'
import shlex, sys, yaml
with open(sys.argv[1]) as file:
    objects = {each["kind"]: each for each in yaml.safe_load_all(file)}
pod = objects["CronJob"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
for name, value in {**objects["Secret"]["stringData"], **objects["ConfigMap"]["data"]}.items():
    if name != "REDIS_URL":
        print(f"export {name}={shlex.quote(value)}")
print('exec "$1"', shlex.join(pod["containers"][0]["args"]))
END
job() { env -i REDIS_URL="unix://$socket" sh "$folder/job" "$janitor" >"$folder/out" 2>"$folder/err"; }
fill
for user in 1 2 3 4 5 6; do
    redis set "appauth:sess:$user" "{\"ts\": $now}" EX 60 >/dev/null
    redis zadd appauth:usess:many@example.org "$now" "$user" >/dev/null
done
check "the job cleans" job
check "  the orphan alone" same "$(redis exists appauth:usess:gone@example.org appauth:usess:old@example.org)" 1
check "  and logs to standard output" grep -q 'session cleanup: .*exit_status=0' "$folder/out"
redis zadd appauth:usess:gone@example.org 1 gone 2 b 3 c 4 d 5 e 6 f >/dev/null
job
check "the job refuses to remove more than a fifth" same "$?" 4
