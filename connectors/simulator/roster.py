"""The organisation's roster, as its people office would keep it: three CSV files."""

import csv
import os
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from pathlib import Path

from connectors.simulator.people import PEOPLE, TEAMS


def write_roster(folder: Path, first: date) -> None:
    """Write who is who, which tool each team was given when, and who has a seat.

    ``first`` is the Monday on which the organisation's weeks begin, and the files' time of change,
    because a roster counts as new from there on.
    """
    folder.mkdir(parents=True)
    tables: dict[str, Iterable[tuple[object, ...]]] = {
        "people": [
            ("person", "team", "from", "to", "github"),
            *((one.name, one.team.name, "", "", one.login) for one in PEOPLE),
        ],
        "rollouts": [
            ("tool", "team", "started"),
            *((team.tool, team.name, team.started(first)) for team in TEAMS),
        ],
        "seats": [
            ("person", "tool", "plan", "from", "to"),
            *((one.name, one.team.tool, "team", one.team.started(first), "") for one in PEOPLE),
        ],
    }
    changed = datetime.combine(first, time(0), UTC).timestamp()
    for name, rows in tables.items():
        path = folder / f"{name}.csv"
        with path.open("w", newline="") as out:
            csv.writer(out, lineterminator="\n").writerows(rows)
        os.utime(path, (changed, changed))
