"""What every test may ask for; and a start that is the same on every machine."""

import importlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from schemas import EVENTS
from schemas.event import Event
from tests.kafka.broker import kafka as kafka  # for every folder: the log's contract asks for it

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


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget UPSHOT_* of whoever runs the tests."""
    for name in [name for name in os.environ if name.startswith("UPSHOT_")]:
        monkeypatch.delenv(name)
