"""What ``pipelines/README.md`` says of steps and facts is what the code has."""

import importlib
import re
import sys
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest

from pipelines import step
from pipelines.engine import connect
from pipelines.hops import compute
from pipelines.plan import facts, tables
from schemas.steps import STEPS
from sql.readme import filled, table
from tests.conftest import ROOT

PIPELINES = ROOT / "pipelines"
README = PIPELINES / "README.md"


def test_every_step_has_a_row_in_the_order_of_the_protocol() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \|(.+)\|(.+)\|(.+)\|$", README.read_text(), re.MULTILINE)

    assert tuple(name for name, *_ in rows) == STEPS
    assert all(cell.strip() for row in rows for cell in row)


def test_every_fact_is_listed_with_what_it_is_made_from(
    kept: Callable[[Path, str], None],
) -> None:
    rows = [
        (
            f"`{fact.table.view}`",
            fact.table.doc,
            ", ".join(f"`{tables()[path].view}`" for path in fact.reads),
        )
        for fact in facts().values()
    ]
    listed = table(("fact", "a row is", "made from"), rows)

    kept(README, filled(README.read_text(), {"facts": listed}))


def test_every_file_is_listed() -> None:
    listed = re.findall(r"`([a-z_]+\.py)`", README.read_text())
    code = {path.name for path in PIPELINES.glob("*.py")} - {"__init__.py"}

    assert code - set(listed) == set()
    assert set(listed) - code == set()


def test_the_fact_that_is_shown_can_be_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [shown] = re.findall(r"^```python\n(.*?)^```", README.read_text(), re.MULTILINE | re.DOTALL)
    (tmp_path / "verdicts.py").write_text(shown)
    monkeypatch.syspath_prepend(tmp_path)

    with patch.dict(step.FACTS), patch.dict(sys.modules):
        importlib.import_module("verdicts")
        made = step.FACTS["facts/verdicts"]

    empty = compute(made, [(tables()[path], ()) for path in made.reads], connect(), ["0"])["0"]
    assert empty.column_names == ["forge", "change", "verdicts"]
    assert [column.name for column in made.table.columns if not column.doc] == []
