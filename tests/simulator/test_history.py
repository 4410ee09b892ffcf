"""The invented history: the same for the same seed, and as its own words say it is."""

import re
from collections import defaultdict
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from connectors import simulator
from connectors.simulator.noise import QUIET, Noise, arrivals
from connectors.simulator.regime import REGIMES
from connectors.simulator.simulate import History, Organisation, simulate
from connectors.simulator.truth import LABELS, Stretch, Truth, bucket, write_truth
from tests.simulator.conftest import SMALL

DAY = 86_400_000


def test_the_simulator_knows_no_source_so_that_it_cannot_agree_with_one_by_sharing_it() -> None:
    code = "".join(file.read_text() for file in Path(simulator.__file__).parent.glob("*.py"))
    imported = re.findall(r"^\s*(?:from|import) ([a-z_]+(?:\.[a-z_]+)?)", code, re.MULTILINE)

    ours = {name for name in imported if name.partition(".")[0] in FOLDERS}
    assert ours == {"connectors.simulator", "schemas.errors"}


FOLDERS = {"connectors", "pipelines", "schemas", "sql", "tests"}


def test_equal_organisations_have_equal_histories_and_others_do_not(history: History) -> None:
    assert simulate(SMALL) == history
    assert simulate(replace(SMALL, seed=4)).truth != history.truth


def test_the_truth_is_written_to_equal_bytes(history: History, tmp_path: Path) -> None:
    for name in ("once", "again"):
        write_truth(tmp_path / name, history.truth)

    files = sorted(path.name for path in (tmp_path / "once").iterdir())
    assert files == ["changes.parquet", "deployments.parquet", "stretches.parquet"]
    for name in files:
        assert (tmp_path / "once" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_a_team_lives_the_same_whoever_else_there_is() -> None:
    alone, beside = (simulate(Organisation(seed=3, weeks=2, teams=count)) for count in (1, 2))

    first = {change["change"] for change in alone.truth.changes}
    assert first
    assert [row for row in beside.truth.changes if row["change"] in first] == alone.truth.changes


def by_person(truth: Truth) -> dict[str, list[Stretch]]:
    """Return everybody's stretches, in order."""
    found: dict[str, list[Stretch]] = defaultdict(list)
    for one in sorted(truth.stretches, key=lambda one: one.start_ms):
        found[one.engineer].append(one)
    return found


def test_nobody_attends_to_two_things_at_once(history: History) -> None:
    people = by_person(history.truth)

    assert len(people) == 8
    for stretches in people.values():
        assert all(one.start_ms < one.stop_ms for one in stretches)
        assert all(one.stop_ms <= other.start_ms for one, other in pairwise(stretches))


def test_every_label_occurs_and_sums_up_to_what_its_change_says(history: History) -> None:
    sums = history.truth.sums()

    assert {one.label for one in history.truth.stretches} == set(LABELS)
    for change in history.truth.changes:
        said = {label: change[f"{label}_ms"] for label in LABELS}
        assert said == sums.get(change["change"], dict.fromkeys(LABELS, 0))


def test_labels_keep_to_their_changes_clock(history: History) -> None:
    changes = {change["change"]: change for change in history.truth.changes}
    for one in history.truth.stretches:
        change = changes[one.change]
        merged, reviewed = change["merged_ms"], change["first_review_ms"]
        if one.label == "peer_review":
            assert one.engineer != change["author"]
            assert one.start_ms >= change["ready_ms"]
        elif one.label == "correct_late":
            assert merged < one.start_ms < merged + 21 * DAY
        elif one.label == "rework":
            assert reviewed <= one.start_ms
            assert merged is None or one.stop_ms <= merged
        else:
            assert one.engineer == change["author"]
            assert merged is None or one.stop_ms <= merged


def test_before_its_roll_out_no_team_has_lines_of_the_ai(history: History) -> None:
    [started] = SMALL.rollouts.values()
    first = min(told.at_ms for said in history.signals.agent.values() for told in said)

    assert (started - SMALL.first).days in range(14, 28)
    assert first >= SMALL.begins_ms + (started - SMALL.first).days * DAY


def test_the_whole_organisation_fills_every_bucket_with_thirty_changes_of_five_people() -> None:
    rows = [row for row in simulate(Organisation()).truth.changes if row["outcome"] == "merged"]
    ratios = []
    for name in ("0", "1-25", "26-50", "51-75", "76-100"):
        those = [row for row in rows if row["bucket"] == name]
        assert len(those) >= 60
        assert len({row["author"] for row in those}) >= 10
        authored = sum(row["hand_ms"] + row["prompt_ms"] for row in those)
        everything = sum(row[f"{label}_ms"] for row in those for label in LABELS)
        ratios.append(everything / authored - 1)

    assert ratios == pytest.approx([0.28, 0.44, 1.2, 3.5, 4.7], rel=0.25)


@pytest.mark.parametrize(
    ("share", "name"),
    [(0, "0"), (0.01, "1-25"), (0.25, "1-25"), (0.251, "26-50"), (0.75, "51-75"), (1, "76-100")],
)
def test_a_bucket_ends_with_its_percent(share: float, name: str) -> None:
    assert bucket(share) == name


@pytest.mark.parametrize("name", REGIMES)
def test_every_regime_is_lived_through(name: str) -> None:
    lived = simulate(replace(SMALL, weeks=1, regime=REGIMES[name]))

    assert len(lived.truth.stretches) > 20


def test_in_a_quiet_world_everything_arrives_once_and_at_once(history: History) -> None:
    login, beats = next(iter(history.signals.beats.items()))
    from random import Random

    quiet = list(arrivals(beats, QUIET, Random(login)))
    noisy = list(arrivals(beats, Noise(), Random(login)))

    assert quiet == [(beat.at_ms, beat) for beat in beats]
    assert 0.9 < len({beat for _, beat in noisy}) / len(beats) < 0.99
    assert len(noisy) > len({beat for _, beat in noisy})
    assert any(at_ms > beat.at_ms for at_ms, beat in noisy)


def test_deployments_count_once_for_each_commit_and_bring_each_merge_once(
    history: History,
) -> None:
    counted = [row for row in history.truth.deployments if row["counted"]]
    brought = [change for row in counted for change in row["changes"]]
    merged = [row["change"] for row in history.truth.changes if row["outcome"] == "merged"]

    assert len({row["sha"] for row in counted}) == len(counted)
    assert sorted(brought) == sorted(merged)
    assert {row["because"] for row in history.truth.deployments} >= {None, "preview", "failed"}
