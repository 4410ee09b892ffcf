"""Whether a lake grows tired: many passes in a row, with compaction and vacuum in the loop.

    python -m tests.bench.passes LOG [PASSES] [DELIVERIES]

LOG is a log in files, the demo's for one (``file:.upshot/log``). A lake of its first 1,000
deliveries hears DELIVERIES more (1), lands them and derives, PASSES times (1,000); each 10 passes
it is compacted, each 20 all but the newest snapshot is vacuumed. At last it is held against a lake
from nothing, row for row. The last 50 passes may take at most 1.5 times the first 50.

How to read it: CPU seconds of this process tell of the work, wall seconds of the machine as well;
a pass costs what its new days hold, so the stretches between differ; the ends are what counts.
"""

import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from connectors.file_log import FileLog
from connectors.spool_writer import SpoolWriter
from pipelines.compact import compact
from pipelines.derive import derive
from pipelines.land import land
from pipelines.vacuum import vacuum
from schemas.envelope import Delivery
from tests.deliveries import SOURCES
from tests.invariance import held
from tests.lakes import differences, made, quietly

FIRST = 1_000
STRETCH = 50
GOAL = 1.5
COMPACT_EACH, VACUUM_EACH = 10, 20


def heard(home: Path, log: str, appender: SpoolWriter, said: Sequence[Delivery]) -> None:
    """Tell, land and derive."""
    for delivery in said:
        appender.append(delivery)
    appender.sync()
    while land(home, log).consumed:
        pass
    derive(home, SOURCES)


def main(name: str, passes: int, deliveries: int) -> None:
    """Print a line for each stretch of passes, then how the last compares with the first."""
    said = held(name)
    base = FIRST
    if base + passes * deliveries > len(said):
        sys.exit(f"{name} holds {len(said)} deliveries; that is too few for {passes} passes")
    with ExitStack() as until:
        work = until.enter_context(tempfile.TemporaryDirectory(prefix="upshot-bench-"))
        home = Path(work) / "lake"
        log = f"file:{Path(work) / 'log'}"
        appender = until.enter_context(FileLog(Path(work) / "log").writer())
        heard(home, log, appender, said[:base])
        print(f"{base:,} deliveries, then {deliveries} a pass; median of {STRETCH} passes:")
        cpu_s, wall_s = list[float](), list[float]()
        for number in range(passes):
            start = base + number * deliveries
            before = time.process_time(), time.perf_counter()
            heard(home, log, appender, said[start : start + deliveries])
            if number % COMPACT_EACH == COMPACT_EACH - 1:
                compact(home, quietly)
            if number % VACUUM_EACH == VACUUM_EACH - 1:
                vacuum(home, time.time(), keep_s=0, pass_s=0)
            cpu_s.append(time.process_time() - before[0])
            wall_s.append(time.perf_counter() - before[1])
            if number % STRETCH == STRETCH - 1:
                paths = [path for path in home.rglob("*") if path.is_file()]
                print(
                    f"{number + 1:>6}: {median(cpu_s[-STRETCH:]):.2f} s CPU, "
                    f"{median(wall_s[-STRETCH:]):.2f} s wall, {len(paths):,} files, "
                    f"{sum(path.stat().st_size for path in paths) / 2**20:,.1f} MiB",
                    flush=True,
                )
        anew = Path(work) / "anew"
        made(anew, [said[: base + passes * deliveries]])
        found = differences(home, anew)
        if found:
            sys.exit(f"not as a lake from nothing: {found}")
        print("as a lake from nothing, in every row")
    for name, took in (("CPU", cpu_s), ("wall", wall_s)):
        ratio = median(took[-STRETCH:]) / median(took[:STRETCH])
        print(f"last {STRETCH} / first {STRETCH}: {ratio:.2f}x {name} (goal {GOAL}x)")


if __name__ == "__main__":
    _, name, *counts = sys.argv
    main(name, *map(int, [*counts, *("1000", "1")[len(counts) :]]))
