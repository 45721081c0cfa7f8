"""Who runs in the benchmark: each with its command, the numbers it has to find, and whom it is compared with."""

import dataclasses
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
FLOOR_COUNT = 1000  # measured: 500 and 2000 are not faster, and 2000 holds the server up for longer


@dataclasses.dataclass(frozen=True)
class Contender:
    """One way to do the work. `floor` and `pipelined` name the contenders that its time is compared with."""

    name: str
    command: tuple
    expects: str
    floor: str | None = None
    pipelined: str | None = None
    is_janitor: bool = False
    is_slow: bool = False
    # What it has to report, whatever else it does.
    reports: tuple = ("user_sessions_checked", "total_sessions_checked")

    @property
    def writes(self):
        """Whether it needs a server of its own, because it removes what the next would look for."""
        return self.expects.startswith("clean")

    def argv(self, socket, snapshot):
        """Its command line, for the server at this socket, which holds the snapshot's data."""
        return [str(part).format(socket=socket, removals=snapshot.removals) for part in self.command]


def all_contenders(janitor, programs):
    """Every contender, in the order of the report; `programs` are those in C, by name."""

    def of_janitor(suffix, expects, *options, **comparison):
        return Contender(f"janitor-{suffix}", (janitor, *options, "--json"), expects, is_janitor=True, **comparison)

    def of_peer(name, script, expects, *options, **properties):
        # -B: the scripts lie in the source tree, which is no place for compiled ones
        return Contender(name, (sys.executable, "-B", HERE / script, "{socket}", *options), expects, **properties)

    def of_floor(mode):
        return Contender(f"floor-{mode}", (programs["floor"], "{socket}", mode, FLOOR_COUNT), "dry")

    dry = {"floor": "floor-dry", "pipelined": "pipelined-dry"}
    dry_expired = {"floor": "floor-values", "pipelined": "pipelined-dry-expired"}
    return [
        of_janitor("dry", "dry", "--dry-run", **dry),
        of_janitor("dry-expired", "dry-expired", "--dry-run", "--include-expired", **dry_expired),
        of_janitor("nice", "dry", "--dry-run", "--nice-ratio", "1", **dry),
        of_janitor("clean-expired", "clean-expired", "--include-expired", pipelined="pipelined-clean-expired"),
        of_peer("one-by-one", "peer_one_by_one.py", "dry", is_slow=True, **dry),
        of_peer("pipelined-dry", "peer_pipelined.py", "dry", **dry),
        of_peer("pipelined-dry-expired", "peer_pipelined.py", "dry-expired", "--include-expired", **dry_expired),
        of_peer("pipelined-clean-expired", "peer_pipelined.py", "clean-expired", "--include-expired", "--clean",
                pipelined="pipelined-clean-expired"),
        of_floor("dry"),
        of_floor("values"),
        Contender("floor-removal", (programs["removals"], "{socket}", "{removals}"), "clean-expired",
                  reports=("expired_sessions_removed", "entries_removed")),
    ]
