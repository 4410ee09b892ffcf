"""What is written for readers holds: tables are made from the code, and every example runs."""

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import typer

from connectors import all_sources
from connectors.keys import make_key
from pipelines.catalog import open_catalog
from pipelines.cli import app
from schemas.errors import UpshotError
from sql.readme import filled, table
from tests.conftest import ROOT, Demo

README = ROOT / "README.md"
DOCS = sorted([*ROOT.glob("*.md"), *ROOT.glob("*/README.md")])
PACKAGES = ("connectors", "pipelines", "schemas", "sql")

Kept = Callable[[Path, str], None]

COMMANDS: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]


def blocks(text: str, language: str) -> list[str]:
    """Return what stands in the fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def section(text: str, title: str) -> str:
    """Return what stands under a heading, up to the next of its kind."""
    return text.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def called(name: str, parameters: Sequence[Any]) -> str:
    """Return a command with its arguments; those in brackets may be left out."""
    names = [(one.name.upper(), one.required) for one in parameters if one.name and not flag(one)]
    return " ".join([name, *(word if needed else f"[{word}]" for word, needed in names)])


def flag(parameter: Any) -> str:
    """Return an option as it is typed, and nothing for an argument."""
    return parameter.opts[0] if parameter.param_type_name == "option" else ""


def options() -> Iterator[tuple[str, str, str, str]]:
    """Yield each option with a meaning: the option, what it says, its default, its commands."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for name, command in COMMANDS.items():
        for one in filter(flag, command.params):
            default = "" if one.default in (None, False) else f"`{one.default}`"
            found.setdefault((f"`{flag(one)}`", one.help, default), []).append(f"`{name}`")
    for (option, says, default), names in sorted(found.items()):
        yield option, says, default, ", ".join(names)


def test_the_readme_lists_every_command(kept: Kept) -> None:
    rows = [
        (f"`upshot {called(name, command.params)}`", " ".join(str(command.help).split()))
        for name, command in COMMANDS.items()
    ]
    commands = table(("command", "what it does"), rows)

    kept(README, filled(README.read_text(), {"commands": commands}))


def test_the_readme_lists_every_option(kept: Kept) -> None:
    rows = table(("option", "what it says", "default", "of"), options())

    kept(README, filled(README.read_text(), {"options": rows}))


def test_the_readme_shows_what_the_demo_prints(kept: Kept, tmp_path: Path) -> None:
    # A key that is always the same: whose line is drawn again for an interval hangs on pseudonyms.
    make_key(tmp_path / ".upshot/key", bytes(range(32)))
    # Unwatched by coverage, which would make twelve weeks take three times as long.
    unwatched = {name: value for name, value in os.environ.items() if "COVERAGE" not in name}
    done = subprocess.run(
        [sys.executable, "-c", "from pipelines.cli import main; main()", "demo"],
        cwd=tmp_path,
        env={**unwatched, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=1200,
    )
    assert (done.returncode, done.stderr) == (0, "")
    text, _, rest = done.stdout.partition("\n\nNo git history: ")
    shown = f"```text\n{text}\n```\n"

    assert re.search(r"^Refused, for one: \w+ of .+\. Why: .+\.$", text, re.MULTILINE)
    assert re.search(r"^All metrics, byte for byte: [0-9a-f]{64}$", rest, re.MULTILINE)

    kept(README, filled(README.read_text(), {"demo": shown}))


def test_every_exit_code_is_explained() -> None:
    errors: list[type[UpshotError]] = [UpshotError, *UpshotError.__subclasses__()]
    explained = re.findall(r"^\| (\d) \|", README.read_text(), re.MULTILINE)

    assert {int(code) for code in explained} == {0, *(error.exit_code for error in errors)}


def test_the_sources_are_listed_with_what_they_tell(kept: Kept) -> None:
    readme = ROOT / "connectors/README.md"
    rows = [
        (f"`{source.name}`", source.topic, listed(source.records), listed(source.events))
        for source in all_sources().values()
    ]
    sources = table(("source", "topic", "kinds with a record", "event types"), rows)

    kept(readme, filled(readme.read_text(), {"sources": sources}))


def listed(names: Iterable[str]) -> str:
    """Return names as code."""
    return ", ".join(f"`{name}`" for name in names)


def test_every_folder_of_code_is_in_the_tree_and_every_line_of_the_tree_is_a_folder() -> None:
    tree = section(README.read_text(), "How it works")
    told = re.findall(r"^([a-z/]+)/ {2,}\S", tree, re.MULTILINE)
    code = {
        path.parent.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.suffix in {".py", ".sql"}
    }

    assert code
    assert code - set(told) == set()
    assert [folder for folder in told if not (ROOT / folder).is_dir()] == []


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    told = section((ROOT / "CONTRIBUTING.md").read_text(), "Why each dependency is there")
    reasons = dict(re.findall(r"^\| ([a-z][a-z-]+) \| (.+) \|$", told, re.MULTILINE))
    del reasons["dependency"]

    assert set(reasons) == {re.split(r"[\[<>=!~ ]", requirement)[0] for requirement in wanted}


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text())

    assert [link for link in links if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_query_runs_on_the_demos_catalogue(path: Path, demo: Demo) -> None:
    with open_catalog(demo.folder / ".upshot/lake") as db:
        for query in blocks(path.read_text(), "sql"):
            db.execute(query).fetchall()


def test_the_quick_start_runs_as_it_stands(demo: Demo, tmp_path: Path) -> None:
    steps = blocks(section(README.read_text(), "Quick start"), "sh")
    (tmp_path / ".upshot").mkdir()
    (tmp_path / ".upshot/demo-archive").symlink_to(demo.folder / ".upshot/demo-archive")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

    said = []
    for step in steps:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", step],
            cwd=tmp_path,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        said.append(done.stdout)

    assert len(steps) == 4
    assert said[0].startswith("made a key at .upshot/own/key")
    assert "0 unreadable" in said[1]
    assert "payments,136" in said[2]
    assert "FAIL" not in said[3]
