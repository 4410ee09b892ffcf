"""The organisation's roster, as its people office would keep it: three CSV files."""

import csv
import os
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path

from connectors.simulator.people import PEOPLE


def write_roster(folder: Path, first: date, given: Mapping[str, tuple[str, date]]) -> None:
    """Write who is who, which tool each team was ``given`` when, and who has a seat.

    ``first`` is the Monday on which the organisation's weeks begin, and the files' time of change,
    because a roster counts as new from there on. Teams that were given nothing are left out.
    """
    folder.mkdir(parents=True)
    people = [one for one in PEOPLE if one.team.name in given]
    tables: dict[str, Iterable[tuple[object, ...]]] = {
        "people": [
            ("person", "team", "from", "to", "github", "wakatime", "anthropic"),
            *((one.name, one.team.name, "", "", one.login, one.login, one.email) for one in people),
        ],
        "rollouts": [
            ("tool", "team", "started"),
            *((tool, team, started) for team, (tool, started) in given.items()),
        ],
        "seats": [
            ("person", "tool", "plan", "from", "to"),
            *(
                (one.name, given[one.team.name][0], "team", given[one.team.name][1], "")
                for one in people
            ),
        ],
    }
    changed = datetime.combine(first, time(0), UTC).timestamp()
    for name, rows in tables.items():
        path = folder / f"{name}.csv"
        with path.open("w", newline="") as out:
            csv.writer(out, lineterminator="\n").writerows(rows)
        os.utime(path, (changed, changed))
