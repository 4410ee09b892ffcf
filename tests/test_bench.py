"""The bench compares two answers; here only whether it would have printed a rate."""

from pathlib import Path

import pytest

from pipelines.derive import derive
from tests.bench.plain import plain
from tests.bench.sides import COMPARED, differences
from tests.bench.workload import SOURCES, Workload, deliveries, land

WORKLOAD = Workload(events=20_000, days=4)


def test_inside_beam_and_outside_the_answers_are_equal(tmp_path: Path) -> None:
    home, out = tmp_path / "lake", tmp_path / "out"
    out.mkdir()
    land(home, WORKLOAD)

    derive(home, SOURCES)
    plain(home, out, threads=2)

    found = differences(home, out)
    assert set(found) == set(COMPARED)
    assert {path: numbers[1:] for path, numbers in found.items()} == dict.fromkeys(COMPARED, (0, 0))
    assert all(rows > 0 for rows, *_ in found.values())


def test_an_answer_that_differs_is_found(tmp_path: Path) -> None:
    home, out = tmp_path / "lake", tmp_path / "out"
    out.mkdir()
    land(home, Workload(events=2_000, days=2))
    derive(home, SOURCES)

    land(tmp_path / "other", Workload(events=2_000, days=2, seed=2))
    plain(tmp_path / "other", out, threads=1)

    found = differences(home, out)
    assert min(ours_only for _, ours_only, _ in found.values()) > 0


@pytest.mark.parametrize("seed", [1, 2])
def test_a_seed_always_says_the_same(seed: int) -> None:
    workload = Workload(events=2_000, days=2, seed=seed)
    (first,) = deliveries(workload)
    (second,) = deliveries(workload)

    assert first.num_rows == 2_000
    assert first.equals(second)


def test_copies_are_told_by_their_content() -> None:
    (rows,) = deliveries(WORKLOAD)

    assert rows.num_rows - len(set(rows["content_hash"].to_pylist())) == 392
