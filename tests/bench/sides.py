"""What a bench runs as processes of their own: make the deliveries, derive, plain SQL, compare."""

import logging
import sys
from pathlib import Path

from pipelines import lake, snapshots
from pipelines.derive import derive
from pipelines.engine import connect, scan
from pipelines.plan import tables
from tests.bench.plain import file_of, plain
from tests.bench.workload import SOURCE, SOURCES, Workload, land

COMPARED = (*(f"events/{name}" for name in SOURCE.events), "ignored", "facts/changes")


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
        case "compare", (out,):
            compare(Path(home), Path(out))
        case _:
            sys.exit(f"no such side: {side}")


if __name__ == "__main__":
    main(*sys.argv[1:])
