"""The truth: who did what, when and for which change. It never gets near the log."""

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

LABELS = (
    "hand",
    "prompt",
    "self_review",
    "peer_review",
    "correct_early",
    "rework",
    "correct_late",
)
"""What attention is given to; one second of one person has at most one of them."""


class Stretch(NamedTuple):
    """One person's attention, from one millisecond up to another."""

    engineer: str
    change: int
    """The forge's id."""
    label: str
    start_ms: int
    stop_ms: int


@dataclass
class Truth:
    """What happened."""

    stretches: list[Stretch] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    deployments: list[dict[str, Any]] = field(default_factory=list)

    def attended(self, engineer: str, change: int, label: str, start: int, stop: int) -> None:
        """Note a stretch, as one with the stretch before it where nothing lies between."""
        if self.stretches:
            last = self.stretches[-1]
            if last[:3] == (engineer, change, label) and last.stop_ms == start:
                self.stretches[-1] = last._replace(stop_ms=stop)
                return
        self.stretches.append(Stretch(engineer, change, label, start, stop))

    def sums(self) -> dict[int, dict[str, int]]:
        """Return milliseconds by change and label."""
        found: dict[int, dict[str, int]] = defaultdict(lambda: dict.fromkeys(LABELS, 0))
        for one in self.stretches:
            found[one.change][one.label] += one.stop_ms - one.start_ms
        return found


def bucket(ai_share: float) -> str:
    """Return the bucket of a share of lines: above 0 and up to a quarter is ``1-25``."""
    if ai_share <= 0:
        return "0"
    for upper, name in ((0.25, "1-25"), (0.5, "26-50"), (0.75, "51-75")):
        if ai_share <= upper:
            return name
    return "76-100"


def write_truth(folder: Path, truth: Truth) -> None:
    """Write ``stretches``, ``changes`` and ``deployments`` as Parquet; equal for equal truths."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = {
        "stretches": [stretch._asdict() for stretch in sorted(truth.stretches)],
        "changes": truth.changes,
        "deployments": truth.deployments,
    }
    for name, rows in tables.items():
        pq.write_table(pa.Table.from_pylist(rows), folder / f"{name}.parquet")
