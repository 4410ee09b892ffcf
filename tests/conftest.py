"""What every test may ask for; and a start that is the same on every machine."""

import importlib
import os
from collections.abc import Callable
from contextlib import chdir
from functools import partial
from pathlib import Path
from shutil import copytree
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import settings

from schemas import EVENTS
from schemas.event import Event
from tests.kafka.broker import kafka as kafka  # for every folder: the log's contract asks for it

if TYPE_CHECKING:
    from connectors.simulator.simulate import Organisation
    from pipelines.demo.run import Shown
    from tests.commands import Run

ROOT = Path(__file__).parent.parent

# The same examples on every run, and no verdict on a busy machine's speed.
settings.register_profile("upshot", derandomize=True, deadline=None)
settings.load_profile("upshot")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rewrite",
        action="store_true",
        help="write the kept files (golden ids, generated tables) anew; then read the diff",
    )


@pytest.fixture
def kept(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compare a text with the file it is kept in; ``--rewrite`` writes the file instead."""

    def compare(path: Path, text: str) -> None:
        if request.config.getoption("--rewrite"):
            path.write_text(text)
        assert path.read_text() == text, (
            f"{path.relative_to(ROOT)} says something else; if the change is meant, "
            "run `.venv/bin/pytest --rewrite`, read the diff and commit it"
        )

    return compare


@pytest.fixture(scope="session")
def examples() -> dict[str, list[Event]]:
    """Return the EXAMPLES of every event type, by its name."""
    return {
        name: importlib.import_module(kind.declaration.__module__).EXAMPLES
        for name, kind in EVENTS.items()
    }


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of real data beside the repository; skip where there is none."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("needs the real data in ../shared, which is not part of the repository")
    return folder


@pytest.fixture(scope="session")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a lake of all recordings; to be copied, never changed."""
    from tests.lakes import made, recorded

    home = tmp_path_factory.mktemp("complete") / "lake"
    made(home, [recorded()])
    return home


@pytest.fixture
def upshot(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> "Run":
    """Run a command as its process would, and return how it ended."""
    from tests.commands import run

    return partial(run, monkeypatch, capsys)


@pytest.fixture
def new_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with nothing but a key."""
    from connectors.keys import make_key

    monkeypatch.chdir(tmp_path)
    make_key(tmp_path / ".upshot/key", bytes(range(32)))
    return tmp_path


@pytest.fixture(scope="session")
def used_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which sources were pulled and derived; to be copied, never changed."""
    from tests.commands import process
    from tests.lakes import RECORDINGS

    folder = tmp_path_factory.mktemp("used")
    for arguments in [
        ["init"],
        *(["pull", name, str(RECORDINGS / name)] for name in ("gharchive", "roster", "wakatime")),
        ["stream", "--once"],
    ]:
        ran = process(folder, *arguments)
        assert (ran.code, ran.err) == (0, ""), ran
    return folder


@pytest.fixture
def used_home(used_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a copy of a folder in which all has been done once."""
    from pipelines.catalog import path
    from pipelines.publish import publish_catalog

    home = copytree(used_once, tmp_path / "home")
    monkeypatch.chdir(home)
    # A catalogue knows where its lake was made; that lakes can be moved is tested elsewhere.
    path(home / ".upshot/lake").unlink()
    publish_catalog(home / ".upshot/lake")
    return home


class Demo(NamedTuple):
    """A finished demo."""

    folder: Path
    """Where it was run; its home is ``.upshot`` in there."""
    shown: "Shown"
    """What it printed."""


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """Run a demo of one team's six weeks, with the history of a clone of one commit."""
    # Here, because it loads Beam, which few tests need.
    from pipelines.demo.run import demo as run
    from tests.git_repository import Repository

    folder = tmp_path_factory.mktemp("demo")
    Repository(folder / "clone").commit("Begin")
    with chdir(folder):
        asked = small_organisation()
        shown = run(Path(".upshot"), lambda what, done, of: None, asked, repo=Path("clone"))
    return Demo(folder, shown)


def small_organisation() -> "Organisation":
    """Return one team and its six weeks."""
    from connectors.simulator.simulate import Organisation

    return Organisation(weeks=6, teams=1)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget UPSHOT_* of whoever runs the tests."""
    for name in [name for name in os.environ if name.startswith("UPSHOT_")]:
        monkeypatch.delenv(name)
