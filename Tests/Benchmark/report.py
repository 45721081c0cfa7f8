"""The benchmark's tables: what each contender cost, and which goals are reached."""

import dataclasses
import statistics
from collections.abc import Callable

MB = 1_000_000
GRACE_S = 1  # the default, which a clean-up waits for

COLUMNS = (
    ("wall s", "wall_s", 1),
    ("server CPU s", "server_cpu_s", 1),
    ("client CPU s", "client_cpu_s", 1),
    ("client MB", "client_memory_bytes", 1 / MB),
    ("p50 ms", "probe_p50_ms", 1),
    ("p99 ms", "probe_p99_ms", 1),
    ("max ms", "probe_max_ms", 1),
)


def medians(runs):
    """The median of every measure over a contender's runs, by contender."""
    return {name: {measure: statistics.median(run[measure] for run in own) for measure in own[0]}
            for name, own in runs.items()}


def ratio(dividend, divisor):
    """How many times as long, as text; a dash where there is nothing to compare with."""
    return f"{dividend['wall_s'] / divisor['wall_s']:.2f}" if dividend and divisor else "–"


def markdown_table(header, rows):
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def results_table(contenders, medians_by_name, run_counts):
    """One row for each contender that ran: medians, and its wall time against the three that matter."""
    header = ["contender", "runs", *(title for title, _, _ in COLUMNS), "wall / floor", "one by one / wall",
              "pipelined / wall"]
    rows = []
    for contender in contenders:
        own = medians_by_name.get(contender.name)
        if own is None:
            continue
        get = medians_by_name.get
        one_by_one = get("one-by-one") if contender.expects == "dry" else None
        rows.append([
            contender.name, str(run_counts[contender.name]),
            *(f"{own[measure] * factor:.2f}" for _, measure, factor in COLUMNS),
            ratio(own, get(contender.floor)), ratio(one_by_one, own), ratio(get(contender.pipelined), own),
        ])
    return markdown_table(header, rows)


@dataclasses.dataclass(frozen=True)
class Goal:
    """A bound on a number: at least or at most `bound`. `reached` gives that number, or raises KeyError
    where a contender it needs did not run."""

    text: str
    reached: Callable[[], float]
    bound: float
    at_least: bool = False
    unit: str = "x"

    def row(self):
        """Its row of the table."""
        try:
            value = self.reached()
        except KeyError:
            return [self.text, "not measured", "–"]
        met = value >= self.bound if self.at_least else value <= self.bound
        return [self.text, f"{value:.3g}{self.unit}", "yes" if met else "**no**"]


def goals_table(goals):
    """One row for each goal."""
    return markdown_table(["goal", "reached", "met"], [goal.row() for goal in goals])


def run_goals(results, start_ms):
    """The goals of a run at one scale. `results` are the medians, `start_ms` the times of --help and --version."""

    def against(name, other, measure="wall_s"):
        return results[name][measure] / results[other][measure]

    def worst(measure, *names):
        return max(results[name][measure] for name in names)

    # --nice-ratio is left out: it is there to be gentler, so it is no worst case.
    working = ("janitor-dry", "janitor-dry-expired", "janitor-clean-expired")
    return [
        Goal("dry run ≥ 25x as fast as one by one", lambda: against("one-by-one", "janitor-dry"), 25, at_least=True),
        Goal("dry run ≥ 4.5x as fast as pipelined", lambda: against("pipelined-dry", "janitor-dry"), 4.5,
             at_least=True),
        Goal("dry run, wall ≤ 1.1x its floor", lambda: against("janitor-dry", "floor-dry"), 1.1),
        Goal("dry run, server CPU ≤ 1.1x its floor",
             lambda: against("janitor-dry", "floor-dry", "server_cpu_s"), 1.1),
        Goal("dry run with --include-expired, wall ≤ 1.25x its floor",
             lambda: against("janitor-dry-expired", "floor-values"), 1.25),
        Goal("cleaning with --include-expired ≥ 6x as fast as pipelined",
             lambda: against("pipelined-clean-expired", "janitor-clean-expired"), 6, at_least=True),
        Goal("cleaning, server CPU beyond its dry run ≤ 1.25x the removal's floor",
             lambda: (results["janitor-clean-expired"]["server_cpu_s"] - results["janitor-dry-expired"]["server_cpu_s"])
             / results["floor-removal"]["server_cpu_s"], 1.25),
        Goal("cleaning, wall without the grace time ≤ 1.15x its floor and the removal's",
             lambda: (results["janitor-clean-expired"]["wall_s"] - GRACE_S)
             / (results["floor-values"]["wall_s"] + results["floor-removal"]["wall_s"]), 1.15),
        Goal("client memory ≤ 64 MB", lambda: worst("client_memory_bytes", *working) / MB, 64, unit=" MB"),
        Goal("longest stall of another client ≤ 1/20 of that of KEYS",
             lambda: worst("probe_max_ms", *working) / results["one-by-one"]["probe_max_ms"], 1 / 20),
        Goal("p99 of another client with --nice-ratio 1 ≤ half of that without",
             lambda: against("janitor-nice", "janitor-dry", "probe_p99_ms"), 0.5),
        *(Goal(f"{option} < 20 ms", lambda option=option: start_ms[option], 20, unit=" ms")
          for option in ("--help", "--version")),
    ]


def memory_goals(bytes_per_session):
    """The goals of a run at two scales, from the bytes of each way to run."""
    return [Goal(f"{name}: client memory for one more session ≤ 24 bytes", lambda value=value: value, 24,
                 unit=" bytes")
            for name, value in bytes_per_session.items()]
