"""The standing test: the same deliveries make the same lake, whatever the order they came in.

At once; shuffled, with every delivery three times; in five batches, the last first, with a pass of
derive, a compaction and a vacuum behind each; and once more at once. Not only are the rows equal:
the files are. ``python -m tests.invariance`` goes all ways.
"""

from collections.abc import Sequence
from pathlib import Path

import pytest

from pipelines.check import check
from schemas.envelope import Delivery
from tests.deliveries import pulled
from tests.invariance import WAYS
from tests.lakes import SILENT, differences, made, names, recorded, rows

ARRIVALS = (
    "at once",
    "three times each and shuffled",
    "compacted and vacuumed behind each batch",
)
Lakes = dict[str, Path]

every_arrival = pytest.mark.parametrize("arrival", ARRIVALS)


def arrived(said: Sequence[Delivery], homes: Path, ways: Sequence[str] = ARRIVALS) -> Lakes:
    """Return the lakes that the deliveries make in these ways, and one from nothing."""
    for name in ways:
        WAYS[name](homes / name, said)
    made(homes / "from nothing", [said])
    return {name: homes / name for name in (*ways, "from nothing")}


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Lakes:
    return arrived(recorded(), tmp_path_factory.mktemp("recordings"))


@pytest.fixture(scope="module")
def real(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Lakes:
    said = [
        *pulled("gharchive", shared / "data/gharchive"),
        *pulled("aidev", shared / "data/aidev_pop/Cursor"),
    ]
    # At once is what comes from nothing; once more would only take long.
    return arrived(said, tmp_path_factory.mktemp("real"), ARRIVALS[1:])


@every_arrival
def test_recorded_deliveries_make_the_same_rows_and_the_same_files(
    arrival: str, recordings: Lakes
) -> None:
    assert differences(recordings[arrival], recordings["from nothing"]) == {}
    assert names(recordings[arrival]) == names(recordings["from nothing"])


@pytest.mark.parametrize("arrival", ARRIVALS[1:])
def test_real_deliveries_make_the_same_rows_and_the_same_files(arrival: str, real: Lakes) -> None:
    assert differences(real[arrival], real["from nothing"]) == {}
    assert names(real[arrival]) == names(real["from nothing"])


@every_arrival
def test_whatever_the_arrival_the_audit_finds_all_accounted_for(
    arrival: str, recordings: Lakes
) -> None:
    findings = check(recordings[arrival], lambda what, done, of: None)
    assert [finding for finding in findings if finding.state == "FAIL"] == []


def test_the_lakes_that_are_equal_hold_something(recordings: Lakes) -> None:
    counts = {path: len(files) for path, files in names(recordings["at once"]).items()}
    assert {path for path, files in counts.items() if not files} == SILENT


def test_real_changes_end_as_their_forge_says(real: Lakes) -> None:
    assert rows(
        real["compacted and vacuumed behind each batch"],
        "SELECT created_at < DATE '2022-01-01' AS archived, count(*), "
        "count(*) FILTER (outcome = 'merged'), count(*) FILTER (outcome = 'rejected') "
        'FROM "facts/changes" GROUP BY ALL ORDER BY ALL',
    ) == [(False, 144, 74, 31), (True, 64, 25, 6)]


def test_a_difference_of_one_row_is_seen(recordings: Lakes, tmp_path: Path) -> None:
    made(tmp_path, [recorded()[:-1]])
    found = differences(tmp_path, recordings["from nothing"])
    assert found
    assert {here for here, _ in found.values()} == {0}
