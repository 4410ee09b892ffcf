"""What a bench runs as processes of their own: make deliveries, derive, compare, weigh, wait."""

import logging
import sys
import time
from pathlib import Path

from msgspec import Raw, json

from connectors.file_log import FileLog
from pipelines import lake, snapshots
from pipelines.catalog import open_catalog
from pipelines.derive import derive
from pipelines.engine import connect, scan
from pipelines.land import land as land_log
from pipelines.plan import tables
from pipelines.table import DELIVERIES
from schemas.envelope import Delivery
from tests.bench.plain import file_of, plain
from tests.bench.workload import BEGIN_US, SOURCE, SOURCES, Workload, land

NEW = "github.com/1"
"""The change that arrives when all else has been derived."""

COMPARED = (
    *(f"events/{name}" for name in SOURCE.events),
    "ignored",
    *(f"facts/{name}" for name in ("branches", "spans", "changes")),
)


def differences(home: Path, out: Path) -> dict[str, tuple[int, int, int]]:
    """Return by table: rows, rows only in the lake, rows only in the plain answer."""
    db = connect(threads=2)
    newest = snapshots.read(home)
    found = {}
    for path in COMPARED:
        table = tables()[path]
        held = lake.live(home, table, newest.version(path))
        ours = scan(table, sorted(str(home / path / file.path) for file in held))
        theirs = scan(table, [str(file_of(out, table))])
        ((rows, ours_only, theirs_only),) = db.execute(
            f"SELECT (SELECT count(*) FROM ({ours})), "
            f"(SELECT count(*) FROM ({ours} EXCEPT ALL {theirs})), "
            f"(SELECT count(*) FROM ({theirs} EXCEPT ALL {ours}))"
        ).fetchall()
        found[path] = (rows, ours_only, theirs_only)
    return found


def compare(home: Path, out: Path) -> None:
    """Print the comparison; leave with 1 where an answer differs or is empty."""
    found = differences(home, out)
    for path, (rows, ours_only, theirs_only) in found.items():
        print(f"  {path:<24}{rows:>12,} rows, EXCEPT ALL {ours_only:,} and {theirs_only:,}")
    if any(numbers[1:] != (0, 0) or not numbers[0] for numbers in found.values()):
        sys.exit("the answers differ; no rate is printed")


def weigh(home: Path) -> None:
    """Print how many bytes of the lake a delivery and a heartbeat take."""
    newest = snapshots.read(home)
    heartbeats = tables()["events/activity.observed"]
    for what, files, goal in (
        ("delivery", lake.live(home, DELIVERIES), 70),
        ("heartbeat", lake.live(home, heartbeats, newest.version(heartbeats.path)), 12),
    ):
        size, rows = (sum(getattr(file, name) for file in files) for name in ("size", "rows"))
        print(f"  {size / rows:>6.1f} bytes a {what} (goal {goal})")


def arrive(home: Path) -> None:
    """Spool one new change, land and derive; print when the catalogue shows it."""
    opened = {
        "forge": "github.com",
        "change": "1",
        "time_us": BEGIN_US,
        "repo": "github.com/acme/1",
        "number": 1,
        "account": "0f" * 16,
        "branch": "1c" * 16,
        "draft": False,
    }
    said = Delivery("workload", "opened", BEGIN_US, Raw(json.encode(opened)))
    log = FileLog(home.parent / "log")
    begin_s, begin_cpu_s = time.perf_counter(), time.process_time()
    with log.writer() as spool:
        spool.append(said)
    land_log(home, f"file:{log.folder}")
    outcome = derive(home, SOURCES)
    with open_catalog(home) as db:
        shown = db.execute("SELECT count(*) FROM facts.changes WHERE change_id = ?", [NEW])
        found = shown.fetchall()
    if found != [(1,)]:
        sys.exit("the new delivery is not shown; no time is printed")
    cpu_s = time.process_time() - begin_cpu_s
    print(
        f"  one new delivery is shown after {time.perf_counter() - begin_s:.2f} s "
        f"({cpu_s:.2f} s CPU), {sum(outcome.recomputed.values())} partitions computed again"
    )


def main(side: str, home: str, *args: str) -> None:
    """Run one side."""
    logging.disable(logging.WARNING)
    match side, args:
        case "land", (events, days):
            land(Path(home), Workload(int(events), int(days)))
        case "derive", ():
            derive(Path(home), SOURCES)
        case "plain", (out, threads):
            plain(Path(home), Path(out), int(threads))
        case "weigh", ():
            weigh(Path(home))
        case "arrive", ():
            arrive(Path(home))
        case "compare", (out,):
            compare(Path(home), Path(out))
        case _:
            sys.exit(f"no such side: {side}")


if __name__ == "__main__":
    main(*sys.argv[1:])
