"""The bench of layouts with hashes, sets, pointers and companions: dry runs beside their floor.

    layouts.py --janitor .build/release/session-janitor [--sessions 500000] [--rounds 5]

The floor of a run is its own commands, recorded once with the largest batches and sent again with the replies thrown
away: what any client has to wait for that asks the same. Linux only: it reads /proc.
"""

import argparse
import dataclasses
import json
import os
import pathlib
import random
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable

from bench import compiled
from generate import SEED, encoded, send
from runner import BenchmarkError, measured
from server import PrivateServer

GOAL = 1.2
ENTRIES_PER_USER = 5
LIFE_S = 7 * 86_400
SPRING = b"spring:session:"
PRINCIPALS = SPRING + b"index:org.springframework.session.FindByIndexNameSessionRepository.PRINCIPAL_NAME_INDEX_NAME:"
CHUNK = 1 << 18


@dataclasses.dataclass(frozen=True)
class Store:
    """A layout, what writes a session of it, and the numbers of what depends on sessions."""

    layout: str
    session: Callable
    entry: Callable
    index: bytes
    dependents: str


def user_session(identifier, is_orphaned, rng, now):
    """The hash, and a token key that points to it: of a session that is gone this one is left."""
    token = b"%032x" % rng.getrandbits(128)
    if not is_orphaned:
        key = b"user_session:" + identifier
        yield encoded(b"HSET", key, b"session_id", identifier, b"user_id", b"u", b"username", b"name", b"token", token,
                      b"device_info", b'{"browser": "Firefox 125", "os": "Linux"}', b"created_at",
                      b"2025-06-16T10:30:00Z", b"last_active", b"2025-06-16T10:35:00Z", b"expires_at",
                      b"2199-06-17T10:30:00Z")
        yield encoded(b"EXPIREAT", key, b"%d" % (now + LIFE_S))
    yield encoded(b"SET", b"token:" + token, identifier)


def java(text):
    """A string in Java's serialisation."""
    return b"\xac\xed\x00\x05t" + struct.pack(">H", len(text)) + text


def java_number(number, length, form):
    """A number in Java's serialisation, of the right length: what describes its class does not matter."""
    tail = struct.pack(form, number)
    return b"\xac\xed\x00\x05".ljust(length - len(tail), b"s") + tail


def spring_session(identifier, is_orphaned, _rng, now):
    """The hash, and the key whose end is the session's: of a session that is gone this one is left."""
    if not is_orphaned:
        key = SPRING + b"sessions:" + identifier
        moment = java_number(1000 * int(now), 82, ">q")
        yield encoded(b"HSET", key, b"creationTime", moment, b"lastAccessedTime", moment, b"maxInactiveInterval",
                      java_number(LIFE_S, 81, ">i"), b"sessionAttr:user", java(b"x" * 80))
        yield encoded(b"EXPIREAT", key, b"%d" % (now + LIFE_S + 300))
    yield encoded(b"SET", SPRING + b"sessions:expires:" + identifier, b"", b"EXAT", b"%d" % (now + LIFE_S))


STORES = (Store("user-sessions", user_session, bytes, b"user_sessions:", "orphaned_pointers_found"),
          Store("spring-session", spring_session, java, PRINCIPALS, "orphaned_companions_found"))


def commands(store, count, now):
    """What writes the data: every tenth entry is orphaned, and half as many keys belong to others."""
    rng = random.Random(SEED)
    members = []
    for number in range(count):
        identifier = str(uuid.UUID(int=rng.getrandbits(128), version=4)).encode()
        yield from store.session(identifier, number % 10 == 0, rng, now)
        members.append(store.entry(identifier))
        if len(members) == ENTRIES_PER_USER or number == count - 1:
            yield encoded(b"SADD", b"%buser%06d@example.com" % (store.index, number), *members)
            members.clear()
    for number in range(count // 2):
        yield encoded(b"SET", b"cache:page:%d" % number, b"x")


def check(store, count, stats):
    """Fails where a run has found something else than there is."""
    orphaned = (count + 9) // 10
    expected = {"total_sessions_checked": count, "orphaned_sessions_found": orphaned, store.dependents: orphaned,
                "sessions_checked": count - orphaned, "expired_sessions_found": 0, "undated_sessions_found": 0}
    wrong = [f"{name} is {stats[name]}, not {right}" for name, right in expected.items() if stats[name] != right]
    if wrong:
        raise BenchmarkError(f"{store.layout}: {'; '.join(wrong)}")


def relay(source, target, record=None):
    """Hands on what one end sends to the other, and keeps it where that is wanted."""
    while data := source.recv(CHUNK):
        if record:
            record.write(data)
        target.sendall(data)
    target.shutdown(socket.SHUT_WR)


def recorded(argv, server, folder):
    """The commands of a run, in a file."""
    path, door = folder / "commands", folder / "recorder.sock"
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as upstream, path.open("wb") as file:
        listener.bind(str(door))
        listener.listen()
        upstream.connect(str(server.socket))
        process = subprocess.Popen([*argv, "--chunk-time", "20ms"], stdout=subprocess.DEVNULL,
                                   env=os.environ | {"REDIS_URL": f"unix://{door}"})
        client, _ = listener.accept()
        answers = threading.Thread(target=relay, args=(upstream, client), daemon=True)
        answers.start()
        relay(client, upstream, file)
        if process.wait() != 0:
            raise BenchmarkError(f"{argv} ended with status {process.returncode}")
    door.unlink()
    return path


def cost(programs, server, argv):
    """What a command printed, and its seconds: of the clock, of the server and its own."""
    before = server.cpu_seconds()
    output, own = measured(programs["measure"], argv, {"REDIS_URL": f"unix://{server.socket}"})
    return json.loads(output), (own["wall_s"], server.cpu_seconds() - before, own["client_cpu_s"])


def compared(store, further, server, programs, options):
    """The medians of the runs and of their floor, which take turns."""
    argv = [str(options.janitor), "--dry-run", "--json", "--grace", "0", "--layout", store.layout, *further]
    runs = {"janitor": [], "floor": []}
    with tempfile.TemporaryDirectory(prefix="session-janitor-bench-") as folder:
        file = recorded(argv, server, pathlib.Path(folder))
        for _ in range(options.rounds):
            report, seconds = cost(programs, server, argv)
            check(store, options.sessions, report["stats"])
            runs["janitor"].append(seconds)
            answers, seconds = cost(programs, server, [programs["replay"], server.socket, file])
            if answers["errors"]:
                raise BenchmarkError(f"{answers['errors']} errors in the floor of {store.layout}")
            runs["floor"].append(seconds)
    return {name: [statistics.median(figure) for figure in zip(*own)] for name, own in runs.items()}


def main():
    """Prints a table; status 1 if the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--janitor", type=pathlib.Path, default=pathlib.Path(".build/release/session-janitor"))
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path(".build/bench"))
    parser.add_argument("--sessions", type=int, default=500_000, help="entries, of which every tenth is orphaned")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    programs = compiled(options.build.resolve())
    worst = 0
    print("| dry run | s | floor s | ratio | server CPU s | of the floor | client CPU s | of the floor |\n"
          "|---|---|---|---|---|---|---|---|")
    for store in STORES:
        with PrivateServer() as server:
            send(server.socket, commands(store, options.sessions, time.time()))
            for further in ([], ["--include-expired"]):
                medians = compared(store, further, server, programs, options)
                pairs = list(zip(medians["janitor"], medians["floor"]))
                ratio = pairs[0][0] / pairs[0][1]
                worst = max(worst, ratio)
                figures = [[f"{seconds:.2f}" for seconds in pair] for pair in pairs]
                row = [" ".join([store.layout, *further]), *figures[0], f"{ratio:.2f}", *figures[1], *figures[2]]
                print(f"| {' | '.join(row)} |", flush=True)
    print(f"\ngoal: at most {GOAL} times the floor: {'met' if worst <= GOAL else 'missed'}")
    return 0 if worst <= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
