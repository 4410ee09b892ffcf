import re
import subprocess
import sys
import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = {"connectors", "pipelines", "schemas", "sql"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> ZipFile:
    """Build the wheel from the tree, offline."""
    folder = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    [built] = folder.glob("*.whl")
    return ZipFile(built)


def test_the_wheel_holds_the_four_packages_and_nothing_else(wheel: ZipFile) -> None:
    tops = {name.partition("/")[0] for name in wheel.namelist()}

    assert {top for top in tops if not top.endswith(".dist-info")} == PACKAGES


@pytest.mark.parametrize("kind", ["py", "sql", "xml"])
def test_the_wheel_holds_every_module_and_every_query(wheel: ZipFile, kind: str) -> None:
    written = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob(f"*.{kind}")
    }

    assert written
    assert {name for name in wheel.namelist() if name.endswith(f".{kind}")} == written


def test_the_wheel_brings_the_command_and_the_licence(wheel: ZipFile) -> None:
    [entry_points] = [n for n in wheel.namelist() if n.endswith(".dist-info/entry_points.txt")]

    assert "upshot = pipelines.cli:main" in wheel.read(entry_points).decode()
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in wheel.namelist())


LOCK = (ROOT / "requirements.lock").read_text()


def test_the_lock_names_no_index() -> None:
    assert re.findall(r"://|--(?:extra-)?index-url|--find-links", LOCK) == []


def test_the_lock_pins_every_requirement_with_a_hash() -> None:
    entries = re.split(r"\n(?=\S)", LOCK.strip())

    assert len(entries) > 50
    assert [e.splitlines()[0] for e in entries if "==" not in e or "--hash=sha256:" not in e] == []


def test_the_lock_knows_everything_that_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    names = {re.split(r"[\[<>=!~ ]", requirement)[0] for requirement in wanted}

    assert names - set(re.findall(r"^([a-z0-9.-]+)==", LOCK, re.MULTILINE)) == set()
