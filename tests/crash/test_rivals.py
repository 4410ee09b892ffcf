"""Real processes that do the same work at the same time, while somebody reads."""

import json
import random
import time
from functools import partial
from pathlib import Path

import pytest

from pipelines import catalog, publish, snapshots
from pipelines.snapshots import Snapshot
from tests.crash import answers, mutants
from tests.crash.calm import STREAM, Calm, succeeded
from tests.crash.process import Prepare
from tests.crash.reader import Watch, complaints
from tests.crash.sweep import audited

DERIVE = ("derive",)
BACKFILL = ("backfill", "--from", "2026-01-05", "--to", "2026-01-05")
PULL = ("pull",)
ROUNDS_S = 5.0
"""How long each set of rivals is set upon each other again and again."""

RIVALS: dict[str, tuple[str, list[tuple[str, ...]]]] = {
    "two streams make the lake": ("1", [STREAM, STREAM]),
    "two streams": ("3", [STREAM, STREAM]),
    "a backfill beside a stream": ("3", [BACKFILL, STREAM]),
    "two derives": ("landed", [DERIVE, DERIVE]),
    "a pull beside two streams": ("2", [PULL, STREAM, STREAM]),
}


@pytest.fixture(scope="module")
def landed(known: Calm) -> Calm:
    """Remember, as ``landed``, a lake whose second hour has landed and is not derived."""
    known.home.put_back("3")
    assert known.home.run(STREAM, fault="land-commit+").code == -9
    known.home.keep("landed")
    return known


@pytest.mark.parametrize("name", RIVALS)
def test_of_rivals_one_wins_and_the_others_lose_politely(landed: Calm, name: str) -> None:
    before, rivals = RIVALS[name]
    stagger = random.Random(name)
    until = time.monotonic() + ROUNDS_S
    codes: list[int] = []
    while time.monotonic() < until or not codes:
        landed.home.put_back(before)
        codes += _set_upon_each_other(landed, rivals, stagger)
        _compare(landed, hours=1 if before == "1" else 2)
    assert 0 in codes
    assert list(audited(landed)) == []


def _set_upon_each_other(
    known: Calm, rivals: list[tuple[str, ...]], stagger: random.Random
) -> list[int]:
    home = known.home
    stop = home.folder / "stop"
    stop.unlink(missing_ok=True)
    reader = home.start_work(Watch(home.lake, stop))
    running = []
    for argv in rivals:
        running.append(home.start(known.commands[2] if argv == PULL else argv))
        time.sleep(stagger.uniform(0, 0.3))
    ended = [one.wait() for one in running]
    succeeded(home.run(STREAM))
    stop.touch()
    for done in ended:
        assert done.code in (0, 3), done.err
        assert "Traceback" not in done.err
        assert (done.code == 3) == ("run the command again" in done.err)
    assert complaints(succeeded(reader.wait()).out) == []
    return [done.code for done in ended]


def _compare(known: Calm, hours: int) -> None:
    shown = answers.read(known.home.lake)
    assert shown is not None
    assert answers.faults(shown) == []
    assert answers.differences(known.answers[hours], shown) == []
    assert shown.landed == known.home.held()


def test_a_reader_notices_when_time_goes_back_or_an_answer_is_torn() -> None:
    looks = [(1, [], "a"), (2, [], "b"), (1, [], "a"), (2, [], "c"), (3, ["torn"], "d")]
    assert complaints("\n".join(map(json.dumps, looks))) == [
        "snapshot 1 was shown after 2",
        "snapshot 2 gave two answers",
        "torn",
    ]


def _publish_slowly(lake: Path, written: Path, go: Path, prepare: Prepare | None) -> None:
    write = publish._write

    def slow(home: Path, snapshot: Snapshot, aside: Path) -> None:
        write(home, snapshot, aside)
        written.touch()
        while not go.exists():
            time.sleep(0.01)

    publish._write = slow
    if prepare:
        prepare()
    publish.publish_catalog(lake)


def _publish_next(lake: Path, prepare: Prepare | None) -> None:
    if prepare:
        prepare()
    newest = snapshots.read(lake)
    snapshots.publish(lake, Snapshot(newest.number + 1, newest.tables))
    publish.publish_catalog(lake)


@pytest.mark.parametrize(
    ("prepare", "goes_back"), [(None, False), (mutants.publish_beside_others, True)]
)
def test_a_slow_publisher_does_not_take_the_catalogue_back(
    known: Calm, prepare: Prepare | None, goes_back: bool
) -> None:
    home = known.home
    home.put_back("3")
    assert home.run(STREAM, fault="catalog-write").code == -9
    written, go = home.folder / f"written-{goes_back}", home.folder / f"go-{goes_back}"
    slow = home.start_work(partial(_publish_slowly, home.lake, written, go, prepare))
    while not written.exists():
        time.sleep(0.01)
    quick = home.start_work(partial(_publish_next, home.lake, prepare))
    seen = []
    for _ in range(20):
        time.sleep(0.05)
        seen.append(catalog.shown(home.lake) or 0)
    go.touch()
    succeeded(slow.wait())
    seen.append(catalog.shown(home.lake) or 0)
    succeeded(quick.wait())
    seen.append(catalog.shown(home.lake) or 0)
    assert 3 in seen
    assert (seen != sorted(seen)) == goes_back
