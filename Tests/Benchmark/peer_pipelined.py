"""The peer as good as redis-py makes it: the algorithm of session_cleanup.py, its questions in batches.

SCAN instead of KEYS, ZRANGE in pipelines, and MGET to look up entries and sessions. Measured, and slower: EXISTS in
pipelines (redis-py spends more on each command than a server on a value that nobody needs), smaller and larger
batches, and the methods of a pipeline instead of its execute_command. Prints what it found as JSON (CONTRACT.md
section 5); --clean also removes it.
"""

import argparse
import json
import time

import redis

from findings import Findings
from layout import INDEX_PREFIX, KEY_PATTERN, SESSION_PREFIX, is_expired

SCAN_COUNT = 1000
INDEX_BATCH = 200
KEY_BATCH = 1000


def batches(items, size):
    """The items in slices of at most this size."""
    return (items[start:start + size] for start in range(0, len(items), size))


def pages(client, pattern):
    """The replies of one SCAN of the whole keyspace."""
    cursor = None
    while cursor != 0:
        cursor, keys = client.scan(cursor or 0, match=pattern, count=SCAN_COUNT)
        yield keys


def pipelined(client, commands):
    """The answers to commands that travel together."""
    pipeline = client.pipeline(transaction=False)
    for command in commands:
        pipeline.execute_command(*command)
    return pipeline.execute()


def index_keys_and_expired_sessions(client):
    """One SCAN for both: the index keys, the keys of all expired sessions, and how many sessions there are."""
    now = time.time()
    index_keys, expired = [], set()
    checked = 0
    for keys in pages(client, KEY_PATTERN):
        session_keys = [key for key in keys if key.startswith(SESSION_PREFIX)]
        index_keys += [key for key in keys if key.startswith(INDEX_PREFIX)]
        for key, value in zip(session_keys, client.mget(session_keys) if session_keys else ()):
            if value is not None:
                checked += 1
                if is_expired(value, now):
                    expired.add(key)
    return index_keys, expired, checked


def survey(client, index_keys, expired, clean):
    """Looks up every entry of every index key, and removes those that are over when asked to."""
    findings = Findings()
    for batch in batches(index_keys, INDEX_BATCH):
        member_lists = pipelined(client, [(b"ZRANGE", key, 0, -1) for key in batch])
        session_keys = [SESSION_PREFIX + member for members in member_lists for member in members]
        values = (value for keys in batches(session_keys, KEY_BATCH) for value in client.mget(keys))
        removals = []
        for index_key, members in zip(batch, member_lists):
            orphans, over = [], []
            for member, value in zip(members, values):
                if value is None:
                    orphans.append(member)
                elif SESSION_PREFIX + member in expired:
                    over.append(member)
            findings.add_user(len(members) - len(orphans) - len(over), len(orphans), len(over))
            if orphans or over:
                removals.append((b"ZREM", index_key, *orphans, *over))
        if clean:
            pipelined(client, removals)
    return findings


def main():
    """Runs the peer on the server of a socket."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("socket")
    parser.add_argument("--include-expired", action="store_true")
    parser.add_argument("--clean", action="store_true")
    options = parser.parse_args()
    client = redis.Redis(unix_socket_path=options.socket, socket_timeout=None)
    if options.include_expired:
        index_keys, expired, checked = index_keys_and_expired_sessions(client)
        session_stats = {"sessions_checked": checked, "expired_sessions_found": len(expired)}
    else:
        index_keys = [key for keys in pages(client, INDEX_PREFIX + b"*") for key in keys]
        expired, session_stats = set(), {}
    findings = survey(client, index_keys, expired, options.clean)
    if options.clean:
        removed = pipelined(client, [(b"UNLINK", *keys) for keys in batches(list(expired), KEY_BATCH)])
        session_stats["expired_sessions_removed"] = sum(removed)
    print(json.dumps(findings.stats(options.clean) | session_stats))


if __name__ == "__main__":
    main()
