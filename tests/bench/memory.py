"""Whether memory is flat: the peak of a pass over 90 days against one over 10.

    python -m tests.bench.memory [EVENTS_A_DAY]        150,000 by default

Both lakes hold deliveries only and hear the same number of events a day, so a pass that held days
together would need up to nine times as much. Each pass is a process of its own.

How to read it: the peak is the largest resident size; the ratio should be near 1.
"""

import sys
import tempfile
from pathlib import Path

from tests.bench.measured import measured

EVENTS_A_DAY = 150_000
SHORT_DAYS, LONG_DAYS = 10, 90
GOAL = 1.15
SIDES = "tests.bench.sides"


def main(events_a_day: int) -> None:
    """Derive both lakes and print their peaks."""
    peaks_mb = {}
    for days in (SHORT_DAYS, LONG_DAYS):
        with tempfile.TemporaryDirectory(prefix="upshot-bench-") as work:
            home = Path(work) / "lake"
            measured(SIDES, "land", home, events_a_day * days, days)
            cost = measured(SIDES, "derive", home)
        peaks_mb[days] = cost.peak_mb
        print(
            f"{days:>3} days, {events_a_day * days:>12,} deliveries: "
            f"{cost.peak_mb:>7,.0f} MB peak, {cost.wall_s:.1f} s wall",
            flush=True,
        )
    ratio = peaks_mb[LONG_DAYS] / peaks_mb[SHORT_DAYS]
    print(f"    {LONG_DAYS} days / {SHORT_DAYS} days: {ratio:.2f}x memory (goal {GOAL}x)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS_A_DAY)
