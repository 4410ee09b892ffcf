"""Turns without an end: claimed and given back; what is next is the table's alone to say."""

import pickle
from functools import partial
from pathlib import Path
from threading import Thread

import pytest

from connectors.file_log import FileLog
from connectors.log import open_log
from pipelines import lake, land_forever
from pipelines.land import commit, land, prepare, take
from pipelines.land_forever import (
    FOR_EVER,
    LandForever,
    Seat,
    Turns,
    TurnsCoder,
    TurnTracker,
    commit_again,
    turn,
)
from pipelines.table import DELIVERIES
from schemas.errors import Fatal, LostRace
from tests.kafka.spooled import many, spool

ALL = Seat(0, 1)


def landed(home: Path) -> tuple[int, int]:
    """Return how many rows have landed, and how many deliveries they are."""
    from pipelines.engine import connect, scan

    files = [str(home / DELIVERIES.path / file.path) for file in lake.live(home, DELIVERIES)]
    query = f"SELECT count(*), count(DISTINCT (origin, position)) FROM ({scan(DELIVERIES, files)})"
    [found] = connect().execute(query).fetchall()
    return found[0], found[1]


@pytest.fixture
def log(tmp_path: Path) -> str:
    """Return a log of several partitions with some deliveries in each."""
    for _ in range(5):
        spool(FileLog(tmp_path / "log"), many(40))
    return f"file:{tmp_path / 'log'}"


def test_turns_are_sixteen_bytes_and_come_back_as_they_were() -> None:
    coder = TurnsCoder()
    for turns in (Turns(0, FOR_EVER), Turns(7, 8), Turns(2**40, FOR_EVER)):
        assert len(coder.encode(turns)) == 16
        assert coder.decode(coder.encode(turns)) == turns


def test_a_turn_is_claimed_once_and_the_rest_is_given_back() -> None:
    tracker = TurnTracker(Turns(5, FOR_EVER))
    assert not tracker.is_bounded()
    assert tracker.try_claim(5)
    with pytest.raises(ValueError, match="turn 6 was neither taken nor given back"):
        tracker.check_done()
    assert tracker.try_split(0.5) is None
    assert tracker.try_split(0) == (Turns(5, 6), Turns(6, FOR_EVER))
    tracker.check_done()
    assert not tracker.try_claim(6)
    assert tracker.try_split(0) is None


def test_what_is_given_back_before_a_claim_is_all() -> None:
    tracker = TurnTracker(Turns(5, FOR_EVER))
    assert tracker.try_split(0) == (Turns(5, 5), Turns(5, FOR_EVER))
    assert not tracker.try_claim(5)
    tracker.check_done()


def test_turns_are_claimed_in_their_order() -> None:
    tracker = TurnTracker(Turns(0, FOR_EVER))
    assert tracker.try_claim(0)
    for wrong in (0, 2):
        with pytest.raises(ValueError, match="was claimed behind turn 0"):
            tracker.try_claim(wrong)


@pytest.mark.parametrize("seats", [1, 2, 7])
def test_every_partition_has_one_seat(seats: int) -> None:
    for partition in map(str, range(50)):
        assert sum(Seat(at, seats).has(partition) for at in range(seats)) == 1


def test_a_turn_lands_all_and_the_same_turn_again_lands_nothing(log: str, tmp_path: Path) -> None:
    home = tmp_path / "lake"
    assert turn(home, log, ALL).consumed == 200
    assert lake.newest(home, DELIVERIES) == 1, "one commit for all partitions"
    assert turn(home, log, ALL).consumed == 0
    assert landed(home) == (200, 200)


def test_seats_share_the_log_and_a_new_partition_is_noticed(log: str, tmp_path: Path) -> None:
    home = tmp_path / "lake"
    seats = [Seat(at, 3) for at in range(3)]
    assert sum(turn(home, log, seat).consumed for seat in seats) == 200
    spool(FileLog(tmp_path / "log"), many(9))
    assert sum(turn(home, log, seat).consumed for seat in seats) == 9
    assert landed(home) == (209, 209)


def test_seats_that_commit_at_once_all_land(log: str, tmp_path: Path) -> None:
    home = tmp_path / "lake"
    threads = [Thread(target=turn, args=(home, log, Seat(at, 4))) for at in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert landed(home) == (200, 200)


def test_of_two_who_read_the_same_one_commits_and_the_other_lands_nothing(
    log: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(land_forever, "TRIES", 2)
    home = tmp_path / "lake"
    opened = open_log(log)
    work = prepare(home, opened)
    assert work is not None
    from pipelines.engine import connect

    found = [take(home, opened, task, work.erased, connect()) for task in work.tasks]
    assert land(home, log).consumed == 200
    assert commit_again(home, work, found).consumed == 0
    with pytest.raises(LostRace):
        commit(home, work, found)
    assert landed(home) == (200, 200)


def test_a_hole_ends_the_landing(log: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FileLog, "offsets", lambda self, partition: (3, 40))
    with pytest.raises(Fatal, match="positions 0 to 2 are gone"):
        turn(tmp_path / "lake", log, ALL)
    assert lake.newest(tmp_path / "lake", DELIVERIES) == lake.EMPTY


class _Tracker:
    """A tracker as the SDK hands it to a seat."""

    def __init__(self, inner: TurnTracker) -> None:
        self.inner = inner
        self.try_claim = inner.try_claim
        self.current_restriction = inner.current_restriction
        self.defer_remainder = partial(inner.try_split, 0)


def test_a_seat_takes_one_turn_and_puts_off_the_rest(log: str, tmp_path: Path) -> None:
    seat = LandForever(str(tmp_path / "lake"), log, 0.01, accept_loss=False)
    seat = pickle.loads(pickle.dumps(seat))  # noqa: S301 - as a worker gets it
    tracker = TurnTracker(Turns(4, FOR_EVER))
    seat.process(ALL, _Tracker(tracker))
    assert tracker.current_restriction() == Turns(4, 5)
    tracker.check_done()
    assert landed(tmp_path / "lake") == (200, 200)
