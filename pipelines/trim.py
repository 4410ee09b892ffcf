"""Trim: segments of a log in files that have landed, and that nobody wrote to for long, go.

What they held is in ``lake/deliveries`` then and nowhere else. Another lake that has not landed
them yet is told of the exact gap when it tries.
"""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from connectors.file_log import FileLog
from connectors.log import open_log
from pipelines import lake
from pipelines.landed import app_id
from pipelines.table import DELIVERIES
from schemas.errors import Usage


@dataclass(frozen=True)
class Trimmed:
    """What was trimmed, or would be."""

    paths: tuple[str, ...] = ()
    """The segments, oldest first in each spool."""
    size: int = 0
    """Their bytes."""


def trim(home: Path, log: str, before: float, *, dry_run: bool = False) -> Trimmed:
    """Remove the segments that have landed in a lake and were last written before a time.

    ``before`` is in seconds since 1970. Idempotent; safe to kill anywhere and beside everything
    else. Raises Usage for a log that is not in files, LostRace where another trims it.
    """
    opened = open_log(log)
    if not isinstance(opened, FileLog):
        raise Usage(
            f"{log} is not a log in files",
            "set `retention.ms` on the topics: Kafka trims by itself",
        )
    spools = opened.partitions()
    landed = lake.committed(home, DELIVERIES, map(app_id, spools))
    paths: list[str] = []
    size = 0
    for spool in spools:
        upto = landed[app_id(spool)] or 0
        for segment in opened.behind(spool, upto, before):
            with suppress(FileNotFoundError):
                size += segment.path.stat().st_size
                paths.append(str(segment.path))
        if not dry_run:
            opened.trim(spool, upto, before, "log-trim")
    return Trimmed(tuple(paths), size)
