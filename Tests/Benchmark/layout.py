"""The keys that the benchmark fills a server with and looks for (the default layout, CONTRACT.md section 4)."""

import json

INDEX_PREFIX = b"appauth:usess:"
SESSION_PREFIX = b"appauth:sess:"
KEY_PATTERN = b"appauth:*"
FOREIGN_PREFIX = b"cache:page:"
PROBE_KEY = FOREIGN_PREFIX + b"0"

DAY = 86_400
MAX_AGE_DAYS = 30


def is_expired(value, now):
    """Whether a session's value says that it is over, or that its login is too long ago."""
    session = json.loads(value)
    return session["ts"] < now - MAX_AGE_DAYS * DAY or session["exp"] < now
