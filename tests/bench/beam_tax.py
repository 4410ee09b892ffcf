"""What Beam costs: decode, events and changes as a pass, against the same job as plain SQL.

    python -m tests.bench.beam_tax [EVENTS ...]        1,000,000 and 10,000,000 by default

Both sides read the same delivery files and write the same rows of the same columns, the winner of
each id, sorted by key, as zstd Parquet; each is a process of its own, start and imports included.
``beam`` is ``pipelines.derive`` into a lake that holds deliveries only: its partitions, commits,
metrics and catalogue are in the bill. ``plain`` is ``plain.py``, on one thread and on two: one file
a table, which spares it the partitions, and so it sorts a whole table at once. The answers are
compared first; where they differ no rate is printed.

Then bytes a row in the lake, and how long one new delivery takes to be shown: spooled, landed and
derived by one process, its start left out and then counted.

How to read it: CPU is user and system time of all processes per delivery and moves little on a
busy machine; wall does. A ratio is ``beam`` over ``plain`` on that row's threads. Beam here runs
one bundle after another, so the first ratio compares like with like.
"""

import sys
import tempfile
from pathlib import Path

from tests.bench.measured import Measured, measured

SIZES = (1_000_000, 10_000_000)
DAYS = 90
GOAL = 2.0
SIDES = "tests.bench.sides"


def beam_tax(events: int, work: Path) -> None:
    """Compare the answers at one size, then print what each side cost."""
    home = work / "lake"
    measured(SIDES, "land", home, events, DAYS)
    plain = {}
    for threads in (1, 2):
        out = work / f"plain-{threads}"
        out.mkdir()
        plain[threads] = measured(SIDES, "plain", home, out, threads)
    beam = measured(SIDES, "derive", home)
    print(f"{events:,} deliveries over {DAYS} days", flush=True)
    measured(SIDES, "compare", home, work / "plain-1")
    _row("beam", events, beam)
    for threads, cost in plain.items():
        _row(f"plain, {threads} thread{'s' * (threads > 1)}", events, cost)
        print(
            f"    beam / plain: {beam.cpu_s / cost.cpu_s:.2f}x CPU (goal {GOAL}x), "
            f"{beam.wall_s / cost.wall_s:.2f}x wall, {beam.peak_mb / cost.peak_mb:.2f}x memory"
        )
    measured(SIDES, "weigh", home)
    whole = measured(SIDES, "arrive", home)
    print(f"    started for it, with all imports: {whole.wall_s:.2f} s ({whole.cpu_s:.2f} s CPU)")


def _row(name: str, events: int, cost: Measured) -> None:
    print(
        f"  {name:<18}{cost.cpu_s / events * 1e6:>8.2f} CPU-us/event"
        f"{cost.wall_s:>9.1f} s wall{cost.peak_mb:>9,.0f} MB peak"
    )


def main(sizes: list[int]) -> None:
    """Run every size."""
    for events in sizes:
        with tempfile.TemporaryDirectory(prefix="upshot-bench-") as work:
            beam_tax(events, Path(work))


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or list(SIZES))
