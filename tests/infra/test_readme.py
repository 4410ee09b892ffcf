"""The table of metrics in infra/README.md is made from what is really exported."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from sql.readme import filled, table
from tests.infra.exposed import expositions, labels
from tests.infra.installed import ROOT

README = ROOT / "infra/README.md"


def test_every_metric_is_in_the_table(kept: Callable[[Path, str], None]) -> None:
    told = table(("metric", "what it says", "labels"), rows())

    kept(README, filled(README.read_text(), {"metrics": told}))


def rows() -> Iterator[tuple[str, str, str]]:
    """Yield each metric with its help and its labels."""
    known = labels()
    for text in expositions().values():
        for name, says in re.findall(r"^# HELP (\w+) (.+)$", text, re.MULTILINE):
            said = known.get(name, known.get(f"{name}_count", set()))
            if not name.endswith("_created"):
                yield f"`{name}`", says, ", ".join(f"`{label}`" for label in sorted(said))


def test_the_tree_draws_every_file_and_every_line_of_it_is_one() -> None:
    infra = ROOT / "infra"
    tree = README.read_text().split("```\n")[1]
    drawn = [line.split()[0].rstrip("/") for line in tree.splitlines()]
    files = {path for path in infra.rglob("*") if "__pycache__" not in path.parts}

    assert len(drawn) == len(set(drawn))
    assert set(drawn) == {
        path.name for path in files if path.parent.name != "runbook" and path != README
    }
