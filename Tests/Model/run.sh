#!/bin/sh
# Model-checks the removal with spin, exhaustively: `make model`. removal.pml says what is checked.
# Usage: run.sh           every check, two at a time
#        run.sh LINE      one of the lines below
set -u
here=$(cd "$(dirname "$0")" && pwd)
sources=$here/../../Sources

# What is expected | of what | with which definitions.
# holds: every interleaving was looked at, and none breaks the promise.
# breaks: one of them leaves a live session without its entry or pointer, as the fix that prevents it is taken out, or as the
#         application does what the manual says a removal cannot know.
# happens: there is an interleaving that comes to this place, so that the model is not empty.
checks='
holds|entries across slots|-DACROSS_SLOTS -DOPERATIONS=3
holds|pointers across slots|-DPOINTERS -DACROSS_SLOTS -DOPERATIONS=3
holds|expired sessions, entries across slots|-DINCLUDE_EXPIRED -DACROSS_SLOTS -DOPERATIONS=2
holds|expired sessions, pointers across slots|-DINCLUDE_EXPIRED -DPOINTERS -DACROSS_SLOTS -DOPERATIONS=2
holds|pointers in fields across slots|-DPOINTERS -DFIELDS -DACROSS_SLOTS -DOPERATIONS=2
holds|entries of sets across slots|-DSETS -DACROSS_SLOTS -DOPERATIONS=3
holds|entries in one slot|-DOPERATIONS=3
holds|entries of sets in one slot|-DSETS -DOPERATIONS=3
holds|pointers in one slot|-DPOINTERS -DOPERATIONS=3
holds|expired sessions, entries in one slot|-DINCLUDE_EXPIRED -DOPERATIONS=2
holds|expired sessions, pointers in one slot|-DINCLUDE_EXPIRED -DPOINTERS -DOPERATIONS=2
holds|expired sessions, entries of sets in one slot|-DINCLUDE_EXPIRED -DSETS -DOPERATIONS=2
holds|expired sessions, entries in one slot, no record|-DINCLUDE_EXPIRED -DWITHOUT_BACKUP -DOPERATIONS=2
holds|expired sessions, pointers in one slot, no record|-DINCLUDE_EXPIRED -DWITHOUT_BACKUP -DPOINTERS -DOPERATIONS=2
holds|a dry run sends no script|-DDRY_RUN -DACROSS_SLOTS -DOPERATIONS=1
breaks|pointers without a grace time of their own|-DWITHOUT_GRACE_OF_POINTERS -DPOINTERS -DOPERATIONS=1
breaks|scripts without a deadline|-DWITHOUT_DEADLINE -DACROSS_SLOTS -DOPERATIONS=1
breaks|a full node without a way back|-DWITHOUT_WAY_BACK_INTO_FULL -DACROSS_SLOTS -DOPERATIONS=1
breaks|not waiting for the deadline after a lost connection|-DWITHOUT_WAITING_FOR_DEADLINE -DACROSS_SLOTS -DOPERATIONS=1
breaks|not looking again|-DWITHOUT_LOOKING_AGAIN -DACROSS_SLOTS -DOPERATIONS=1
breaks|not comparing scores|-DWITHOUT_SCORES -DOPERATIONS=2
breaks|not comparing the copy|-DWITHOUT_COPIES -DPOINTERS -DACROSS_SLOTS -DOPERATIONS=2
breaks|not comparing with an earlier record|-DWITHOUT_COMPARING_RECORDS -DINCLUDE_EXPIRED -DOPERATIONS=2
breaks|no grace time for what goes with its session|-DWITHOUT_GRACE_OF_EXPIRED -DWITHOUT_BACKUP -DINCLUDE_EXPIRED -DOPERATIONS=1
breaks|a killed run without a backup|-DWITHOUT_BACKUP -DACROSS_SLOTS -DOPERATIONS=1
happens|an orphan is removed|-DREACHED=ORPHAN_REMOVED -DACROSS_SLOTS -DOPERATIONS=0
happens|an orphan is removed in one slot|-DREACHED=ORPHAN_REMOVED -DOPERATIONS=0
happens|an orphaned pointer is removed|-DREACHED=ORPHAN_REMOVED -DPOINTERS -DACROSS_SLOTS -DOPERATIONS=0
happens|a login in progress is kept by the grace time|-DREACHED=KEPT_BY_GRACE -DPOINTERS -DOPERATIONS=1
happens|a script comes too late|-DREACHED=SCRIPT_TOO_LATE -DACROSS_SLOTS -DOPERATIONS=0
happens|an entry is put back|-DREACHED=PUT_BACK -DACROSS_SLOTS -DOPERATIONS=1
happens|an entry is put back after a log-out|-DREACHED=PUT_BACK_AFTER_LOGOUT -DACROSS_SLOTS -DOPERATIONS=2
happens|a newer entry stays over one that is put back|-DREACHED=NEWER_THAN_PUT_BACK -DACROSS_SLOTS -DOPERATIONS=2
happens|a fail-over loses a script|-DREACHED=FAILED_OVER_WITH_SCRIPT -DACROSS_SLOTS -DOPERATIONS=0
happens|a node stays away|-DREACHED=ENDED_UNREACHED -DACROSS_SLOTS -DOPERATIONS=1
happens|a run is killed|-DREACHED=KILLED -DACROSS_SLOTS -DOPERATIONS=0
happens|a backup brings back what a killed run took out|-DREACHED=RESTORED -DACROSS_SLOTS -DOPERATIONS=1
happens|an expired session is removed|-DREACHED=EXPIRED_SESSION_REMOVED -DINCLUDE_EXPIRED -DOPERATIONS=0
happens|its entry goes with it|-DREACHED=REMOVED_WITH_SESSION -DINCLUDE_EXPIRED -DOPERATIONS=0
happens|its entry goes with it, no record|-DREACHED=REMOVED_WITH_SESSION -DINCLUDE_EXPIRED -DWITHOUT_BACKUP -DOPERATIONS=0
happens|its entry goes after it|-DREACHED=REMOVED_AFTER_SESSION -DINCLUDE_EXPIRED -DACROSS_SLOTS -DOPERATIONS=0
happens|its entry goes late, as it had ended by itself|-DREACHED=REMOVED_LATE -DINCLUDE_EXPIRED -DOPERATIONS=0
happens|its entry goes late across slots|-DREACHED=REMOVED_LATE -DINCLUDE_EXPIRED -DACROSS_SLOTS -DOPERATIONS=0
happens|an expired session that was renewed stays|-DREACHED=RENEWED_SESSION_STAYED -DINCLUDE_EXPIRED -DOPERATIONS=1
'

# The functions that "Stands for" names, and that are not in Sources any more.
lost_names() {
    cat "$here"/*.pml | tr '\n*' '  ' | grep -o 'Stands for:[^/]*/' | grep -oE '[A-Z][A-Za-z]+\.[a-z][A-Za-z]*' |
        sort -u | while IFS=. read -r type name; do
        files=$(grep -rlE "(class|struct|enum|extension|protocol) $type\b" "$sources")
        # shellcheck disable=SC2086 # one word for each file
        [ -n "$files" ] && grep -qE "(func|let|var) $name\b|\b$name\(" $files || echo "$type.$name"
    done
}

# Whether spin's answer, in the file, is the one that was expected.
is_expected() {
    # What cuts a search short is never a success.
    grep -qE 'max search depth too small|out of memory|pan:[0-9]*: invalid|invalid array index' "$2" && return 1
    grep -q 'Full statespace search' "$2" || return 1
    case $1 in
        holds) grep -q 'errors: 0' "$2" && ! grep -q 'Search not completed' "$2" ;;
        breaks) grep -qE 'assertion violated .*thing==written' "$2" ;;
        happens) grep -qE 'assertion violated \(?([0-9]+)!=\1\)' "$2" ;;
        *) false ;;
    esac
}

check() {
    IFS='|' read -r expectation what definitions <<END
$1
END
    folder=$(mktemp -d "${TMPDIR:-/tmp}/session-janitor-model.XXXXXX")
    trap 'rm -rf "$folder"' EXIT
    cd "$folder" || exit 1
    begin=$(date +%s)
    # shellcheck disable=SC2086 # one word for each definition
    spin -a $definitions "$here/removal.pml" >said 2>&1 && gcc -w -O2 -DSAFETY -DNOFAIR -o pan pan.c >>said 2>&1 &&
        ./pan -m10000 -w24 >>said 2>&1
    states=$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' said)
    line=$(printf '%-8s %-55s %9s states %4s s' "$expectation" "$what" "${states:-no}" "$(($(date +%s) - begin))")
    if is_expected "$expectation" said; then
        echo "  ok      $line"
    else
        echo "  FAILED  $line"
        head -n 30 said | sed 's/^/          /'
        exit 1
    fi
}

if [ $# -gt 0 ]; then
    check "$1"
    exit
fi
lost=$(lost_names)
if [ -n "$lost" ]; then
    echo "The model stands for functions that are not in Sources:" "$lost" >&2
    exit 1
fi
if echo "$checks" | sed '/^$/d' | tr '\n' '\0' | xargs -0 -n 1 -P 2 "$0"; then
    echo "$(echo "$checks" | grep -c '|') checks, all as expected"
else
    echo "Not all checks were as expected" >&2
    exit 1
fi
