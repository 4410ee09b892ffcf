"""One bit of what is kept is another: the audit names the file, or the place in the log."""

import re
from pathlib import Path
from random import Random
from shutil import copytree

import pytest

from pipelines import lake, snapshots
from pipelines.check import Finding, check, readable
from pipelines.plan import tables
from pipelines.table import DELIVERIES
from tests.commands import Run
from tests.spools import ID, fill, new_log

IN_LAKE, IN_LOG = 60, 20
FRAMES = 300


def flip(path: Path, chance: Random) -> None:
    """Turn round one bit of a file."""
    content = bytearray(path.read_bytes())
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


def audited(home: Path) -> Finding:
    """Return what the audit says of the files, which comes first."""
    return check(home, lambda what, done, of: None)[0]


def files(home: Path) -> list[Path]:
    """Return every data file that the newest snapshot holds, deliveries' too."""
    newest = snapshots.read(home)
    held = {path: newest.version(path) for path in tables()} | {DELIVERIES.path: None}
    all_tables = tables() | {DELIVERIES.path: DELIVERIES}
    return sorted(
        home / path / file.path
        for path, version in held.items()
        for file in lake.live(home, all_tables[path], version)
    )


@pytest.fixture
def home(complete: Path, tmp_path: Path) -> Path:
    return copytree(complete, tmp_path / "lake")


def test_sixty_bits_in_sixty_files_of_the_lake_are_sixty_findings(home: Path) -> None:
    assert audited(home).passed
    chance = Random(6)
    for path in chance.sample(files(home), IN_LAKE):
        flip(path, chance)
    found = audited(home)
    assert not found.passed
    more = re.search(r"\(and (\d+) more\)$", found.said)
    assert more
    assert found.said.count("is not what its name says") + int(more[1]) == IN_LAKE


def test_one_bit_in_one_file_is_named(home: Path) -> None:
    chance = Random(7)
    path = chance.choice(files(home))
    flip(path, chance)
    assert path.name in audited(home).said


@pytest.mark.parametrize("seed", range(IN_LOG))
def test_one_bit_in_a_segment_of_the_log_is_named_by_its_place(seed: int, tmp_path: Path) -> None:
    log = new_log(tmp_path, frames_a_segment=100)
    folder = fill(log, FRAMES)
    name = f"file:{log.folder}"
    silent = readable(name, lambda what, done, of: None)
    assert (silent.passed, silent.said) == (True, f"{FRAMES} deliveries")
    chance = Random(seed)
    flip(chance.choice(sorted(folder.glob("*.seg"))), chance)
    found = readable(name, lambda what, done, of: None)
    assert not found.passed
    assert found.said.startswith(f"{ID} at ")


def test_the_command_reads_the_log_when_it_is_asked_to(
    complete: Path, tmp_path: Path, upshot: Run
) -> None:
    log = new_log(tmp_path)
    segment = next(fill(log, 9).glob("*.seg"))
    told = upshot("check", "--lake", str(complete), "--log", f"file:{log.folder}")
    assert "ok   the log reads as it was written: 9 deliveries" in told.out
    flip(segment, Random(1))
    told = upshot("check", "--lake", str(complete), "--log", f"file:{log.folder}")
    assert "FAIL the log reads as it was written" in told.out
    assert (told.code, "pull those days" in told.err) == (1, True)
