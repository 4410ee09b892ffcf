"""A reader that opens the catalogue again and again, and writes down what it saw."""

import json
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from tests.crash import answers

PAUSE_S = 0.02


@dataclass(frozen=True)
class Watch:
    """What runs in the reader's process, until the file ``stop`` is there."""

    lake: Path
    stop: Path

    def __call__(self) -> None:
        """Print one line a look: snapshot, what contradicts itself, and a digest of it all."""
        while not self.stop.exists():
            shown = answers.read(self.lake)
            if shown is not None:
                said = repr((shown.versions, sorted(shown.landed.items())))
                look = (shown.snapshot, answers.faults(shown), sha256(said.encode()).hexdigest())
                print(json.dumps(look), flush=True)  # noqa: T201
            time.sleep(PAUSE_S)


def complaints(seen: str) -> list[str]:
    """Return what was wrong with what a reader saw: torn answers, or time that went back."""
    wrong: list[str] = []
    newest = 0
    digests: dict[int, str] = {}
    for line in seen.splitlines():
        snapshot, faults, digest = json.loads(line)
        wrong += faults
        if snapshot < newest:
            wrong.append(f"snapshot {snapshot} was shown after {newest}")
        if digests.setdefault(snapshot, digest) != digest:
            wrong.append(f"snapshot {snapshot} gave two answers")
        newest = max(newest, snapshot)
    return wrong
