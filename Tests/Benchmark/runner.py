"""Runs commands and measures them: their own cost, the server's, and what another client felt meanwhile."""

import json
import os
import pathlib
import signal
import subprocess
import tempfile

from layout import PROBE_KEY

RUN_DEADLINE_S = 3600
PROBE_DEADLINE_S = 30


class BenchmarkError(Exception):
    """Something failed or found wrong numbers, so that its time would mean nothing."""


def measured(measure, argv, environment=None):
    """Runs a command to its end: its standard output, its wall and CPU seconds and its peak memory.

    `measure` is the program of measure.c; `environment` is added to this process's own.
    """
    with tempfile.TemporaryDirectory(prefix="session-janitor-bench-") as folder:
        result, output, errors = (pathlib.Path(folder, name) for name in ("result", "output", "errors"))
        with output.open("wb") as out, errors.open("wb") as err:
            process = subprocess.Popen([measure, result, *argv], stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                       env=os.environ | (environment or {}), start_new_session=True)
            try:
                status = process.wait(RUN_DEADLINE_S)
            except BaseException:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                raise
        if status != 0:
            raise BenchmarkError(f"{argv} ended with status {status}:\n{errors.read_text(errors='replace')}")
        return output.read_text(), json.loads(result.read_text())


class Probe:
    """The other client, at work while the context lasts; `latency` is in milliseconds afterwards."""

    def __init__(self, program, socket):
        self.latency = {}
        self._process = subprocess.Popen([program, socket, PROBE_KEY.decode()], stdout=subprocess.PIPE,
                                         start_new_session=True)

    def __enter__(self):
        if self._process.stdout.readline() != b"ready\n":
            self._process.kill()
            self._process.wait()
            raise BenchmarkError("the probe did not start")
        return self

    def __exit__(self, *exception):
        self._process.terminate()
        try:
            output, _ = self._process.communicate(timeout=PROBE_DEADLINE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
            raise
        if self._process.returncode != 0:
            raise BenchmarkError(f"the probe ended with status {self._process.returncode}")
        latency = json.loads(output)
        self.latency = {f"probe_{name}_ms": latency[name] / 1000 for name in ("p50", "p99", "max")}


def run(contender, server, programs, snapshot, url=None):
    """One run of a contender on a server with the snapshot's data; what it cost, if it found the right numbers.

    `url` is the janitor's way to the server, by default its socket.
    """
    cpu_before = server.cpu_seconds()
    with Probe(programs["probe"], server.socket) as probe:
        output, cost = measured(programs["measure"], contender.argv(server.socket, snapshot),
                                {"REDIS_URL": url or f"unix://{server.socket}"})
    cost["server_cpu_s"] = server.cpu_seconds() - cpu_before
    check_numbers(contender, output, snapshot.expected[contender.expects])
    expected_keys = snapshot.keys["after_clean_expired" if contender.writes else "before"]
    if server.client.dbsize() != expected_keys:
        raise BenchmarkError(f"{contender.name} left {server.client.dbsize()} keys, not {expected_keys}")
    return cost | probe.latency


def check_numbers(contender, output, expected):
    """Fails where a contender reports other numbers than there are, or too few of them.

    The janitor has to report every number of the contract that is not 0.
    """
    report = json.loads(output)
    stats = report["stats"] if contender.is_janitor else report
    required = set(contender.reports)
    if contender.is_janitor:
        required = {name for name, right in expected.items() if right and name != "entries_removed"}
    problems = [f"{name} is missing" for name in sorted(required - stats.keys())]
    problems += [f"{name} is {stats[name]}, not {right}" for name, right in expected.items()
                 if name in stats and stats[name] != right]
    if problems:
        raise BenchmarkError(f"{contender.name}: {'; '.join(problems)}")
