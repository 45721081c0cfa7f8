"""The peer that the tool replaces: the algorithm of session_cleanup.py in redis-py, one question at a time.

KEYS for the index keys, ZRANGE for each, EXISTS for every entry; with --include-expired first KEYS for the
session keys and GET for each. It only looks. Prints what it found as JSON (CONTRACT.md section 5).
"""

import argparse
import json
import time

import redis

from findings import Findings
from layout import INDEX_PREFIX, SESSION_PREFIX, is_expired


def expired_sessions(client):
    """The keys of all expired sessions, and how many sessions there are."""
    now = time.time()
    expired = set()
    checked = 0
    for key in client.keys(SESSION_PREFIX + b"*"):
        value = client.get(key)
        if value is not None:
            checked += 1
            if is_expired(value, now):
                expired.add(key)
    return expired, checked


def survey(client, expired):
    """Looks up every entry of every index key."""
    findings = Findings()
    for index_key in client.keys(INDEX_PREFIX + b"*"):
        valid = orphaned = expired_entries = 0
        for member in client.zrange(index_key, 0, -1):
            session_key = SESSION_PREFIX + member
            if not client.exists(session_key):
                orphaned += 1
            elif session_key in expired:
                expired_entries += 1
            else:
                valid += 1
        findings.add_user(valid, orphaned, expired_entries)
    return findings


def main():
    """Runs the peer on the server of a socket."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("socket")
    parser.add_argument("--include-expired", action="store_true")
    options = parser.parse_args()
    client = redis.Redis(unix_socket_path=options.socket, socket_timeout=None)
    if options.include_expired:
        expired, checked = expired_sessions(client)
        session_stats = {"sessions_checked": checked, "expired_sessions_found": len(expired)}
    else:
        expired, session_stats = set(), {}
    print(json.dumps(survey(client, expired).stats(clean=False) | session_stats))


if __name__ == "__main__":
    main()
