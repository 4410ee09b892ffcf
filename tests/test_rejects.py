"""A source of which most is rejected stops the pass; one that is bad here and there does not."""

from pathlib import Path

import pytest
from msgspec import Raw, json

from connectors import all_sources
from pipelines import rejects, snapshots
from pipelines.derive import derive
from schemas.envelope import Delivery
from schemas.errors import Fatal
from tests.commands import Run
from tests.lakes import rows, tell

FEWEST = rejects.FEWEST


def rollouts(good: int, bad: int) -> list[Delivery]:
    """Return deliveries of a source, of which some say a day that no calendar has."""
    days = ["2026-01-05"] * good + ["5000000-01-01"] * bad
    bodies = [
        {"tool": f"t{number}", "team": "web", "started": day} for number, day in enumerate(days)
    ]
    return [
        Delivery("roster", "rollout", 1_767_600_000_000_000, Raw(json.encode(body)))
        for body in bodies
    ]


def test_the_pass_says_what_was_rejected_and_publishes_nothing(tmp_path: Path) -> None:
    tell(tmp_path / "lake", rollouts(good=FEWEST // 2 - 1, bad=FEWEST // 2 + 1))
    with pytest.raises(Fatal, match="51 of 100 new deliveries of roster were rejected") as stopped:
        derive(tmp_path / "lake", all_sources())
    assert "rollout" in stopped.value.problem
    assert "--accept-rejects" in stopped.value.next_step
    assert snapshots.read(tmp_path / "lake").number == 0


def test_what_is_accepted_is_counted_and_the_next_pass_asks_only_about_what_is_new(
    tmp_path: Path,
) -> None:
    lake = tmp_path / "lake"
    tell(lake, rollouts(good=0, bad=FEWEST))
    assert derive(lake, all_sources(), accept_rejects=True).published
    assert rows(lake, "SELECT count(*) FROM rejected") == [(FEWEST,)]
    tell(lake, rollouts(good=FEWEST, bad=1))
    assert derive(lake, all_sources()).published


@pytest.mark.parametrize(("good", "bad"), [(FEWEST // 2, FEWEST // 2), (0, FEWEST - 1)])
def test_half_is_not_most_and_few_say_nothing(good: int, bad: int, tmp_path: Path) -> None:
    tell(tmp_path / "lake", rollouts(good, bad))
    assert derive(tmp_path / "lake", all_sources()).published


def test_a_source_that_is_all_right_does_not_hide_one_that_is_not(tmp_path: Path) -> None:
    others = [
        Delivery("upshot", "covered", 1_767_600_000_000_000 + n, Raw(b'{"n":%d}' % n))
        for n in range(10 * FEWEST)
    ]
    tell(tmp_path / "lake", [*others, *rollouts(good=0, bad=FEWEST)])
    with pytest.raises(Fatal, match="of roster were rejected"):
        derive(tmp_path / "lake", all_sources())


def test_the_command_stops_and_says_how_to_go_on(tmp_path: Path, upshot: Run) -> None:
    tell(tmp_path / "lake", rollouts(good=0, bad=FEWEST))
    stopped = upshot("derive", "--lake", str(tmp_path / "lake"))
    assert (stopped.code, "--accept-rejects" in stopped.err) == (1, True)
    assert upshot("derive", "--lake", str(tmp_path / "lake"), "--accept-rejects").code == 0
