"""The cluster bench: a dry run on one server and on a cluster of three primaries with the same data.

    cluster.py --janitor .build/release/session-janitor [--scale 0.3] [--rounds 5]

Compares the time and, above all, what all servers together spend of the processor for each session checked.
Linux only: it reads /proc.
"""

import argparse
import binascii
import io
import json
import os
import pathlib
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

from generate import SEED, Tally, commands

SLOTS = 16_384
PRIMARIES = 3
GOAL = 1.2
TICK_S = 1 / os.sysconf("SC_CLK_TCK")


class Node:
    """A redis-server in a folder of its own, on a free port and a socket."""

    def __init__(self, folder, is_clustered):
        self.port, bus = free_port(), free_port()
        self.socket = folder / f"{self.port}.sock"
        clustered = ["--cluster-enabled", "yes", "--cluster-port", str(bus), "--cluster-config-file",
                     f"{self.port}.conf"] if is_clustered else []
        self.bus = bus
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--unixsocket", str(self.socket),
             "--dir", str(folder), "--save", "", "--loglevel", "warning", *clustered], stdout=subprocess.DEVNULL)
        wait_for(lambda: self.ask("PING") == "PONG", "redis-server")

    def ask(self, *words):
        """The text of what redis-cli answers."""
        answer = subprocess.run(["redis-cli", "-s", str(self.socket), *map(str, words)], capture_output=True, text=True)
        return answer.stdout.strip()

    def cpu(self):
        """The seconds of processor time so far."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * TICK_S


def free_port():
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, what):
    """Asks again and again, at most 30 seconds."""
    deadline = time.monotonic() + 30
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what} did not come up")
        time.sleep(0.02)


def joined(nodes):
    """Makes a cluster of the nodes, with equal shares of the slots."""
    for place, node in enumerate(nodes):
        first, last = SLOTS * place // len(nodes), SLOTS * (place + 1) // len(nodes) - 1
        node.ask("CLUSTER", "SET-CONFIG-EPOCH", place + 1)
        node.ask("CLUSTER", "ADDSLOTS", *range(first, last + 1))
    for node in nodes[1:]:
        nodes[0].ask("CLUSTER", "MEET", "127.0.0.1", node.port, node.bus)
    wait_for(lambda: all("cluster_slots_ok:16384" in node.ask("CLUSTER", "INFO") for node in nodes), "the cluster")


def place_of(command):
    """Which of the primaries a command's key belongs to; its hash tag is none of the benchmark's business."""
    key = command.split(b"\r\n", 5)[4]
    slot = binascii.crc_hqx(key, 0) % SLOTS
    return next(place for place in range(PRIMARIES) if slot < SLOTS * (place + 1) // PRIMARIES)


def fill(server, nodes, scale):
    """Writes the same data to the server and to the cluster."""
    waiting = {node: bytearray() for node in [server, *nodes]}
    for command in commands(scale, SEED, time.time(), Tally(), io.BytesIO()):
        for node in (server, nodes[place_of(command)]):
            waiting[node] += command
            if len(waiting[node]) > 1 << 20:
                send(node, waiting[node])
    for node in waiting:
        send(node, waiting[node])


def send(node, stream):
    """Sends what is waiting and returns when the server has executed all of it."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(node.socket))
        off, on = (b"*3\r\n$6\r\nCLIENT\r\n$5\r\nREPLY\r\n$%d\r\n%b\r\n" % (len(word), word) for word in (b"OFF", b"ON"))
        connection.sendall(off + stream + on)
        if connection.recv(64) != b"+OK\r\n":
            raise RuntimeError("the server did not take the data")
    stream.clear()


def measured(janitor, nodes):
    """A dry run: its numbers, and for each session the microseconds of all servers and of the clock."""
    before, start = sum(node.cpu() for node in nodes), time.monotonic()
    run = subprocess.run([janitor, "--dry-run", "--json", "--url", f"redis://127.0.0.1:{nodes[0].port}"],
                         capture_output=True, check=True)
    wall, cpu = time.monotonic() - start, sum(node.cpu() for node in nodes) - before
    stats = json.loads(run.stdout)["stats"]
    sessions = stats["total_sessions_checked"]
    return stats, cpu / sessions * 1e6, wall / sessions * 1e6


def main():
    """Fills, measures in turn and prints a table; status 1 if the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--janitor", type=pathlib.Path, default=pathlib.Path(".build/release/session-janitor"))
    parser.add_argument("--scale", type=float, default=0.3, help="1 is 1 000 000 entries")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    started = []
    with tempfile.TemporaryDirectory() as name:
        try:
            for place in range(PRIMARIES + 1):
                started.append(Node(pathlib.Path(name), is_clustered=place > 0))
            server, nodes = started[0], started[1:]
            joined(nodes)
            fill(server, nodes, options.scale)
            rounds = [(measured(options.janitor, [server]), measured(options.janitor, nodes))
                      for _ in range(options.rounds)]
        finally:
            for node in started:
                node.process.kill()
                node.process.wait()
    if any(single[0] != shared[0] for single, shared in rounds):
        raise RuntimeError("the cluster's numbers are not the server's")
    medians = [[statistics.median(run[side][figure] for run in rounds) for figure in (1, 2)] for side in (0, 1)]
    print("| µs a session | one server | cluster of three | ratio |\n|---|---|---|---|")
    for figure, label in enumerate(("server CPU, all nodes", "time")):
        single, shared = medians[0][figure], medians[1][figure]
        print(f"| {label} | {single:.2f} | {shared:.2f} | {shared / single:.2f} |")
    is_met = medians[1][0] <= GOAL * medians[0][0]
    print(f"\ngoal: at most {GOAL} times the server CPU: {'met' if is_met else 'missed'}")
    return 0 if is_met else 1


if __name__ == "__main__":
    sys.exit(main())
