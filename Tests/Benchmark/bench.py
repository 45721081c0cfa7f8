"""The benchmark: the janitor, its peers and its floor, on a redis-server of its own with the same data.

    bench.py --janitor .build/release/session-janitor            all contenders, medians and goals
    bench.py --janitor .build/release/session-janitor --quick    a twentieth of the data, one round
    bench.py --janitor .build/release/session-janitor --memory   client memory at scale 1 and 10 (about 10 GB)
    bench.py --janitor .build/release/session-janitor --tls      the dry run over plain TCP and over TLS

The contenders take turns, so that a slow moment of the machine meets them all. While one runs, a probe measures
what another client of the same server feels. Every contender has to find the numbers that the data were made with.
Linux only: it reads /proc.
"""

import argparse
import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys

from contenders import HERE, all_contenders
from generate import snapshot_at
from report import goals_table, medians, memory_goals, results_table, run_goals
from runner import BenchmarkError, measured, run
from server import PrivateServer
from tls import loopback, tls_goals

PROGRAMS = ("floor", "probe", "measure", "removals", "replay")
QUICK_SCALE = 0.05
MEMORY_SCALES = (1, 10)
STARTS = 21


def parsed_options():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--janitor", type=pathlib.Path, default=pathlib.Path(".build/release/session-janitor"))
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path(".build/bench"),
                        help="folder for programs, results and, by default, snapshots")
    parser.add_argument("--snapshot-dir", type=pathlib.Path)
    parser.add_argument("--scale", type=float, default=1, help="1 is 1 000 000 entries")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rounds-slow", type=int, default=1, help="rounds of the one that asks one by one")
    parser.add_argument("--only", metavar="NAME,NAME", help="run these contenders only")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--quick", action="store_true", help=f"as --scale {QUICK_SCALE} --rounds 1")
    mode.add_argument("--memory", action="store_true", help="measure client memory per session instead")
    parser.add_argument("--tls", action="store_true", help="compare TLS with plain TCP instead")
    options = parser.parse_args()
    if options.quick:
        options.scale, options.rounds = QUICK_SCALE, 1
    options.janitor = options.janitor.resolve()
    options.build = options.build.resolve()
    options.snapshot_dir = options.snapshot_dir or options.build / "snapshots"
    return options


def compiled(build):
    """The programs in C, compiled into the build folder, by name."""
    compiler = os.environ.get("CC") or shutil.which("cc") or "clang"
    build.mkdir(parents=True, exist_ok=True)
    for name in PROGRAMS:
        subprocess.run([compiler, "-O2", "-Wall", "-Wextra", "-o", build / name, HERE / f"{name}.c", "-lhiredis"],
                       check=True)
    return {name: build / name for name in PROGRAMS}


def chosen(contenders, only):
    """The contenders that were asked for."""
    names = only.split(",") if only else [contender.name for contender in contenders]
    unknown = set(names) - {contender.name for contender in contenders}
    if unknown:
        raise BenchmarkError(f"no such contender: {', '.join(sorted(unknown))}")
    return [contender for contender in contenders if contender.name in names]


def rotated(items, places):
    """The items, beginning elsewhere each round: nobody is always first on a fresh server."""
    start = places % len(items) if items else 0
    return items[start:] + items[:start]


def round_of_runs(contenders, number, programs, snapshot):
    """Runs every contender once; yields each with its cost. Readers share a server, each writer gets a fresh one."""
    readers = rotated([contender for contender in contenders if not contender.writes], number)
    writers = rotated([contender for contender in contenders if contender.writes], number)
    for group in filter(None, [readers, *([writer] for writer in writers)]):
        with PrivateServer(snapshot.path) as server:
            for contender in group:
                cost = run(contender, server, programs, snapshot)
                progress(f"round {number + 1}: {contender.name} {cost['wall_s']:.2f} s")
                yield contender, cost


def start_times(janitor, programs):
    """Median milliseconds of the commands that only print."""
    return {option: 1000 * statistics.median(measured(programs["measure"], [janitor, option])[1]["wall_s"]
                                             for _ in range(STARTS))
            for option in ("--help", "--version")}


def compare(options, programs):
    """Runs all contenders over the rounds and prints the tables."""
    contenders = chosen(all_contenders(options.janitor, programs), options.only)
    snapshot = snapshot_at(options.scale, options.snapshot_dir)
    runs = {}
    for number in range(options.rounds):
        in_turn = [contender for contender in contenders if not contender.is_slow or number < options.rounds_slow]
        for contender, cost in round_of_runs(in_turn, number, programs, snapshot):
            runs.setdefault(contender.name, []).append(cost)
    has_janitor = any(contender.is_janitor for contender in contenders)
    start_ms = start_times(options.janitor, programs) if has_janitor else {}

    save(options.build / "results.json", {"scale": options.scale, "runs": runs, "start_ms": start_ms})
    results = medians(runs)
    print(f"Medians at scale {options.scale:g} (the goals are set for scale 1):\n")
    print(results_table(contenders, results, {name: len(own) for name, own in runs.items()}))
    print()
    print(goals_table(run_goals(results, start_ms)))


def compare_memory(options, programs):
    """Runs the janitor's dry runs at two scales and prints what one more session costs."""
    names = ("janitor-dry", "janitor-dry-expired")
    contenders = [contender for contender in all_contenders(options.janitor, programs)
                  if contender.name in names]
    peaks = {name: [] for name in names}
    sessions = []
    for scale in MEMORY_SCALES:
        snapshot = snapshot_at(scale, options.snapshot_dir)
        sessions.append(snapshot.expected["dry"]["sessions_checked"])
        for contender, cost in round_of_runs(contenders, 0, programs, snapshot):
            peaks[contender.name].append(cost["client_memory_bytes"])
    more_sessions = sessions[1] - sessions[0]
    save(options.build / "memory.json", {"sessions": sessions, "peak_bytes": peaks})
    print(goals_table(memory_goals({name: (large - small) / more_sessions
                                    for name, (small, large) in peaks.items()})))


def compare_tls(options, programs):
    """Runs the janitor's dry run over plain TCP and over TLS in turn and prints how they compare."""
    snapshot = snapshot_at(options.scale, options.snapshot_dir)
    runs = {}
    with loopback() as ports, PrivateServer(snapshot.path, ports.arguments) as server:
        ways = ports.ways(options.janitor)
        for number in range(options.rounds):
            for contender, url in rotated(ways, number):
                cost = run(contender, server, programs, snapshot, url)
                progress(f"round {number + 1}: {contender.name} {cost['wall_s']:.2f} s")
                runs.setdefault(contender.name, []).append(cost)
    save(options.build / "tls.json", {"scale": options.scale, "runs": runs})
    results = medians(runs)
    print(f"Medians at scale {options.scale:g} (the goal is set for scale 1):\n")
    print(results_table([contender for contender, _ in ways], results, {name: len(own) for name, own in runs.items()}))
    print()
    print(goals_table(tls_goals(results)))


def save(path, results):
    """Leaves the raw results for whoever wants to look closer."""
    path.write_text(json.dumps(results, indent=2) + "\n")
    progress(f"raw results: {path}")


def progress(line):
    """What is going on, beside the tables."""
    print(line, file=sys.stderr, flush=True)


def end(signal_number, _frame):
    """Makes a signal an exception, so that every server and child is ended on the way out."""
    sys.exit(128 + signal_number)


def main():
    """Runs the mode that was asked for."""
    options = parsed_options()
    signal.signal(signal.SIGTERM, end)
    try:
        programs = compiled(options.build)
        if options.memory:
            compare_memory(options, programs)
        elif options.tls:
            compare_tls(options, programs)
        else:
            compare(options, programs)
    except (BenchmarkError, subprocess.SubprocessError) as error:
        sys.exit(f"bench: {error}")
    except KeyboardInterrupt:
        end(signal.SIGINT, None)


if __name__ == "__main__":
    main()
