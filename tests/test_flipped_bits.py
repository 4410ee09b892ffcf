"""One bit of what is kept is another: the audit names the file, table or place in the log."""

import re
from pathlib import Path
from random import Random
from shutil import copytree

import pytest

from pipelines import lake, snapshots
from pipelines.check import Finding, check, readable
from pipelines.plan import tables
from pipelines.snapshots import SNAPSHOTS
from pipelines.table import DELIVERIES
from schemas.errors import Fatal
from tests.commands import Run
from tests.spools import ID, fill, new_log

IN_LAKE, IN_LOG = 60, 20
IN_DELTA, IN_CATALOG = 10, 4
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


def told_by(home: Path) -> dict[str, object]:
    """Return all that anyone reads in the tables' own logs: files, columns, progress."""
    newest = snapshots.read(home)
    held = {path: (table, newest.version(path)) for path, table in tables().items()}
    held |= {table.path: (table, lake.newest(home, table)) for table in (DELIVERIES, SNAPSHOTS)}
    opened = {
        path: lake.delta(home, table, version)
        for path, (table, version) in held.items()
        if version != lake.EMPTY
    }
    return {
        path: (
            lake.live(home, *held[path]),
            found.schema(),
            found.transaction_version(lake.APP) if path == SNAPSHOTS.path else None,
        )
        for path, found in opened.items()
        if found
    }


def named(home: Path) -> str:
    """Return what the audit says is wrong, or what it could not even open; else nothing."""
    try:
        findings = check(home, lambda what, done, of: None)
    except Fatal as problem:
        return problem.problem
    return "; ".join(one.said for one in findings if one.state == "FAIL")


@pytest.mark.parametrize("seed", range(IN_DELTA))
def test_one_bit_in_a_tables_own_log_is_named_or_changes_nothing_that_is_read(
    seed: int, home: Path
) -> None:
    chance = Random(seed)
    path = chance.choice(sorted(home.rglob("_delta_log/*.json")))
    whole = told_by(home)
    flip(path, chance)
    said = named(home)
    if not said:
        assert told_by(home) == whole
    else:
        assert str(path.parents[1].relative_to(home)) in said


@pytest.mark.parametrize(
    ("table", "was", "turned", "said"),
    [
        ("facts/changes", b'{"add":', b'{"adb":', "facts/changes holds 0 rows of"),
        ("facts/runs", b'\\"name\\":\\"team', b'\\"name\\":\\"teal', "facts/runs does not say its"),
    ],
)
def test_a_log_that_still_reads_but_says_otherwise_is_named(
    table: str, was: bytes, turned: bytes, said: str, home: Path
) -> None:
    for path in (home / table / "_delta_log").glob("*.json"):
        path.write_bytes(path.read_bytes().replace(was, turned))
    assert said in named(home)


def test_one_bit_anywhere_in_the_catalogue_is_named(home: Path) -> None:
    shown = home / "catalog.duckdb"
    whole = shown.read_bytes()
    for seed in range(IN_CATALOG):
        shown.write_bytes(whole)
        flip(shown, Random(seed))
        assert f"{shown} is not a catalogue" in named(home)


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
