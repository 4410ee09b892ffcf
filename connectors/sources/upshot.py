"""Upshot itself: what our own edge says about the sources it read. Never pulled by hand."""

from collections.abc import Iterator
from pathlib import Path

from connectors.record import record
from connectors.source import Covered, Item, Source
from schemas.errors import Usage

COVERED = "source.covered"


@record
class SourceCovered:
    """A reader's word that it has told all from one time up to another."""

    source: str
    covered_from: str
    time: str


def read(path: Path) -> Iterator[Item | Covered]:
    """Refuse: `pull` writes these deliveries beside those of the source it reads."""
    raise Usage("upshot is no source to pull from", "name another source, such as gharchive")


SOURCE = Source(
    name="upshot",
    topic="control",
    records={COVERED: SourceCovered},
    read=read,
    events={COVERED: f'SELECT delivery, source, covered_from, time FROM "{COVERED}"'},
)
