"""Fills a private redis-server with sessions and saves them as a snapshot, with the numbers to be found in it.

Scale 1 is 200 000 users with 1 000 000 entries (1 to 9 each), 900 000 sessions and 500 000 foreign keys. Of the
entries 10 % are orphaned, of the sessions 10 % are too old. The same seed gives the same data, but for the time
of its making, which all of its times refer to.
"""

import argparse
import base64
import dataclasses
import json
import pathlib
import random
import socket
import time

from findings import Findings
from layout import DAY, FOREIGN_PREFIX, INDEX_PREFIX, MAX_AGE_DAYS, SESSION_PREFIX
from server import PrivateServer

FORMAT = 2  # of the data; raise it when the generator changes what it makes
SEED = 20_240_601
# Young logins are at most 20 days old and every TTL is at least 7 days, so the numbers hold this long.
SNAPSHOT_LIFE_S = 5 * DAY
SEND_BYTES = 1 << 20
REMOVALS = ".removals"  # the ending of the file beside a snapshot

ORPHANED, OLD, LIVE = range(3)
FOUND_NOWHERE = ("undated_sessions_found", "unreadable_sessions_found", "unindexed_sessions_found",
                 "revived_sessions_found", "unreadable_index_keys")

USER_AGENTS = (
    b"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36",
    b"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4.1"
    b" Safari/605.1.15",
    b"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/123.0.0.0 Safari/537.36",
    b"Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4"
    b" Mobile/15E148 Safari/604.1",
    b"Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile"
    b" Safari/537.36",
    b"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:125.0) Gecko/20100101 Firefox/125.0",
)
PROVIDERS = (b"google", b"github", b"microsoft", b"password")


@dataclasses.dataclass(frozen=True)
class Snapshot:
    """A saved data set: its file, how many keys it has, and what a correct tool reports of it."""

    path: pathlib.Path
    keys: dict[str, int]
    expected: dict[str, dict[str, int]]

    @property
    def removals(self):
        """What a clean-up with expired sessions removes, a removal a line, as removals.c reads it."""
        return self.path.with_suffix(REMOVALS)


class Tally:
    """Counts, while the data is made, what a tool should find in it: with expired sessions, and without."""

    def __init__(self):
        self._orphans = Findings()
        self._all = Findings()

    def add_user(self, kinds):
        """Counts one index key by the kinds of its entries."""
        orphaned, old, live = (kinds.count(kind) for kind in (ORPHANED, OLD, LIVE))
        self._orphans.add_user(old + live, orphaned, 0)
        self._all.add_user(live, orphaned, old)

    def expected(self):
        """The numbers of CONTRACT.md section 5, for each way to run."""
        sessions = self._all.valid + self._all.expired
        either = {"sessions_checked": sessions} | dict.fromkeys(FOUND_NOWHERE, 0)
        expired = either | {"expired_sessions_found": self._all.expired}
        dry = {"expired_sessions_removed": 0, "write_commands_sent": 0}
        clean = {"expired_sessions_removed": self._all.expired}
        return {
            "dry": self._orphans.stats(clean=False) | either | dry,
            "dry-expired": self._all.stats(clean=False) | expired | dry,
            "clean-expired": self._all.stats(clean=True) | expired | clean,
        }

    def keys(self, foreign):
        """How many keys a server holds, with the data and after a clean run that includes expired sessions."""
        before = self._all.users + self._all.valid + self._all.expired + foreign
        return {"before": before, "after_clean_expired": before - self._all.expired - self._all.users_without_valid}


def encoded(*arguments):
    """One command, as the server reads it."""
    parts = [b"*%d\r\n" % len(arguments)]
    parts += [b"$%d\r\n%b\r\n" % (len(argument), argument) for argument in arguments]
    return b"".join(parts)


def entries_per_user(users, rng):
    """1 to 9 for each user, in any order, with a mean of exactly 5."""
    counts = [number for _ in range(users // 9) for number in range(1, 10)]
    counts += [5] * (users - len(counts))
    rng.shuffle(counts)
    return counts


def entry_kinds(entries, rng):
    """The kind of each entry: exactly 10 % orphaned, and of the others exactly 10 % old."""
    orphaned = entries // 10
    old = (entries - orphaned) // 10
    kinds = bytearray([LIVE]) * entries
    for place, entry in enumerate(rng.sample(range(entries), orphaned + old)):
        kinds[entry] = ORPHANED if place < orphaned else OLD
    return kinds


def login_age(kind, rng):
    """How long ago, in seconds, the login of an entry of this kind was."""
    youngest, oldest = {ORPHANED: (1, 90), OLD: (MAX_AGE_DAYS + 1, 90), LIVE: (0, 20)}[kind]
    return DAY * (youngest + (oldest - youngest) * rng.random())


def session_value(user, login, expiry, rng):
    """The JSON object that the application stores for a session."""
    random_bits = rng.getrandbits(96)
    return (b'{"ts":%.6f,"exp":%d,"sub":"%021d","email":"user%06d@example.com","ua":"%b","ip":"%d.%d.%d.%d",'
            b'"provider":"%b"}') % (
        login, expiry, random_bits >> 32, user, USER_AGENTS[random_bits % len(USER_AGENTS)],
        1 + (random_bits >> 8) % 223, random_bits >> 16 & 255, random_bits >> 24 & 255, 1 + (random_bits & 127),
        PROVIDERS[random_bits >> 5 & 3])


def commands(scale, seed, now, tally, removals):
    """Every write command that makes the data; `tally` and `removals`, a file, are complete when the last is taken."""
    rng = random.Random(seed)
    counts = entries_per_user(round(200_000 * scale), rng)
    kinds = entry_kinds(sum(counts), rng)
    first = 0
    stale_entries = []
    for user, count in enumerate(counts):
        index_key = b"%buser%06d@example.com" % (INDEX_PREFIX, user)
        own_kinds = kinds[first:first + count]
        first += count
        members = []
        for kind in own_kinds:
            token = base64.urlsafe_b64encode(rng.randbytes(32)).rstrip(b"=")
            login = now - login_age(kind, rng)
            members += [b"%.6f" % login, token]
            if kind != ORPHANED:
                expiry = int(now + DAY * rng.uniform(7, 30))
                value = session_value(user, login, expiry, rng)
                yield encoded(b"SET", SESSION_PREFIX + token, value, b"EXAT", b"%d" % expiry)
            if kind == OLD:
                removals.write(b"S\t%b\t%b\n" % (SESSION_PREFIX + token, value))
            if kind != LIVE:
                stale_entries.append(b"E\t%b\t%b\t%.6f\t%b\n" % (index_key, token, login, SESSION_PREFIX + token))
        yield encoded(b"ZADD", index_key, *members)
        tally.add_user(own_kinds)
    removals.writelines(stale_entries)
    for number in range(foreign_keys(scale)):
        yield encoded(b"SET", b"%b%d" % (FOREIGN_PREFIX, number), b"%x" % rng.getrandbits(128))


def foreign_keys(scale):
    """How many keys belong to others: they cost a scan time and are none of its business."""
    return round(500_000 * scale)


def send(socket_path, stream):
    """Sends every command, unanswered, and returns when the server has executed the last."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(socket_path))
        connection.sendall(encoded(b"CLIENT", b"REPLY", b"OFF"))
        waiting = bytearray()
        for command in stream:
            waiting += command
            if len(waiting) >= SEND_BYTES:
                connection.sendall(waiting)
                waiting.clear()
        connection.sendall(waiting + encoded(b"CLIENT", b"REPLY", b"ON"))
        answer = connection.recv(64)
        if answer != b"+OK\r\n":
            raise RuntimeError(f"the server did not take the data: {answer!r}")


def snapshot_at(scale, folder, seed=SEED):
    """The snapshot of this scale in `folder`: one that is there and young enough, else a new one."""
    folder.mkdir(parents=True, exist_ok=True)
    path = (folder / f"sessions-{scale:g}-{seed}.rdb").resolve()
    description = path.with_suffix(".json")
    if path.exists() and description.exists():
        saved = json.loads(description.read_text())
        if saved["format"] == FORMAT and time.time() - saved["made_at"] < SNAPSHOT_LIFE_S:
            return Snapshot(path, saved["keys"], saved["expected"])
    path.unlink(missing_ok=True)
    description.unlink(missing_ok=True)
    made_at = time.time()
    tally = Tally()
    with PrivateServer(snapshot=path) as server:
        with path.with_suffix(REMOVALS).open("wb") as removals:
            send(server.socket, commands(scale, seed, made_at, tally, removals))
        keys = tally.keys(foreign_keys(scale))
        if server.client.dbsize() != keys["before"]:
            raise RuntimeError(f"the server holds {server.client.dbsize()} keys, not {keys['before']}")
        server.client.save()
    saved = {"format": FORMAT, "made_at": made_at, "keys": keys, "expected": tally.expected()}
    description.write_text(json.dumps(saved, indent=2))
    return Snapshot(path, keys, saved["expected"])


def main():
    """Makes a snapshot without running the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("folder", type=pathlib.Path)
    options = parser.parse_args()
    print(snapshot_at(options.scale, options.folder, options.seed).path)


if __name__ == "__main__":
    main()
