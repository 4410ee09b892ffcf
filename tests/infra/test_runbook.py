"""The runbook: every command in it is one that exists, every query runs, every message is said."""

import re
import shlex
from pathlib import Path

import pytest

from pipelines.catalog import open_catalog
from tests.infra.commands import accepted
from tests.infra.installed import ROOT
from tests.test_docs import blocks, section

PAGES = sorted((ROOT / "infra/runbook").glob("*.md"))
PACKAGES = ("connectors", "pipelines", "schemas")

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


def commands(text: str) -> list[str]:
    """Return the commands of a text, one a line of its blocks."""
    return [line for block in blocks(text, "sh") for line in block.splitlines()]


@pages
def test_a_page_says_how_to_look_and_what_mends_it(page: Path) -> None:
    text = page.read_text()

    assert text.startswith(f"# {page.stem}\n\n")
    assert commands(section(text, "Look"))
    assert commands(section(text, "Mend"))


@pages
def test_every_command_of_a_page_is_one_of_ours_or_the_systems(page: Path) -> None:
    for command in commands(page.read_text()):
        if command.startswith("upshot "):
            accepted(command)
        else:
            assert command.split()[0] in {"curl", "df", "journalctl", "systemctl"}


@pytest.mark.parametrize("wrong", ["upshot derive --accept-reject", "upshot pull gharchive"])
def test_a_command_that_would_be_refused_is_seen(wrong: str) -> None:
    with pytest.raises(Exception, match=r"No such option|Missing"):
        accepted(wrong)


@pages
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())

    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_query_of_the_runbook_runs(complete: Path) -> None:
    queries = [
        shlex.split(command)[2]
        for page in PAGES
        for command in commands(page.read_text())
        if command.startswith("upshot sql ")
    ]
    with open_catalog(complete) as db:
        for query in queries:
            db.execute(query).fetchall()

    assert queries


@pages
def test_a_unit_that_a_page_names_is_one_of_ours(page: Path) -> None:
    named = set(re.findall(r"upshot-\w+\.(?:service|timer)", page.read_text()))
    ours = {path.name for path in (ROOT / "infra").rglob("upshot-*")}

    assert named - ours == set()


def test_every_message_that_the_runbook_quotes_is_said_somewhere() -> None:
    code = "".join(p.read_text() for name in PACKAGES for p in (ROOT / name).rglob("*.py"))
    said = re.sub(r"\"\s*f?\"", "", code).lower()
    quoted = [
        words
        for page in PAGES
        for words in re.findall(r"^- \*(.+?)\*", page.read_text(), re.MULTILINE)
    ]

    assert len(quoted) >= 5
    for words in quoted:
        for part in filter(None, re.split(r"\s*\.\.\.\s*", words.lower())):
            assert part in said, words
