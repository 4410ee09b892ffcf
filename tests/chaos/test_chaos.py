"""A few seconds of chaos; ``make chaos`` is minutes of it, through a real broker."""

import json
import random
from pathlib import Path

import pytest

from tests.chaos.__main__ import Asked, _looks, chaos
from tests.chaos.clients import numbers_of, time_of
from tests.crash.reader import complaints


def test_nothing_is_lost_nothing_is_there_twice_and_no_reader_sees_it_torn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = Asked(minutes=0.1, kills=12, reads=20, kafka=False, pause_s=0.5)
    assert chaos(tmp_path, asked, random.Random(1), None) == set(), capsys.readouterr().out


def test_a_reader_complains_of_time_that_goes_back_and_of_two_answers() -> None:
    looks = [(1, [], [5]), (2, [], [6]), (1, [], [5]), (2, [], [7]), (3, ["torn"], [])]
    said = "".join(f"{json.dumps(look)}\n" for look in looks)
    assert _looks(said) == 5
    assert complaints(said) == [
        "snapshot 1 was shown after 2",
        "snapshot 2 gave two answers",
        "torn",
    ]


def test_no_two_heartbeats_are_at_one_time() -> None:
    times = {time_of(number) for number in range(20_000)}
    assert len(times) == 20_000
    assert numbers_of({time_of(3), 17}, upto=10) == ({3}, {17})
