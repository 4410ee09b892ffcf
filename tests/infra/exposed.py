"""What is really exported: the expositions of a collector and of a lake, every family filled."""

import re
from dataclasses import replace

from connectors.collect.gather import Synced
from connectors.collect.meters import Meters
from pipelines.exposition import exposition
from pipelines.status import Heard
from tests.test_status import NOW, SAID


def expositions() -> dict[str, str]:
    """Return the text of both, by who tells it."""
    meters = Meters(lambda: (0, 1), lambda: 2, lambda: 3, lambda: 4)
    meters.answered("/github", 202, 0.1)
    meters.refused("full")
    meters.kept("/github", 10, [("github", "pull_request", "kept", 1)])
    meters.synced(Synced(3, 30, 0.1))
    heard = {"github": Heard(12, NOW, NOW)}
    return {
        "collector": meters.text()[1].decode(),
        "lake": exposition(replace(SAID, not_landed=1, sources=heard), NOW),
    }


def labels() -> dict[str, set[str]]:
    """Return the labels of every metric, by its name."""
    found: dict[str, set[str]] = {}
    for text in expositions().values():
        for name, said in re.findall(r"^(\w+)(?:\{(.*)\})? \S+$", text, re.MULTILINE):
            found[name] = {label for label, _ in re.findall(r'(\w+)="([^"]*)"', said)}
    return found
