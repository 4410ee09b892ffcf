"""The contract of a log, whatever its home; a new home is one more entry in ``HOMES``."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Raw

from connectors.file_log import FileLog
from connectors.log import Entry, Log, open_log
from connectors.segment import segment_base
from schemas.envelope import Delivery, decode
from schemas.errors import Fatal, Usage


def delivery(number: int, text: str = "") -> Delivery:
    return Delivery(
        "gharchive", "PushEvent", number, Raw(b'{"id":%d,"t":"%s"}' % (number, text.encode()))
    )


@dataclass
class Home:
    """A fresh place for a log: opened by name, and able to forget what is old."""

    open: Callable[[], Log]
    trim: Callable[[str], None]
    """Drop some of the oldest positions of a partition that holds a thousand."""


def file_home(folder: Path) -> Home:
    def trim(partition: str) -> None:
        segments = sorted((folder / "log" / partition).glob("*.seg"))
        segments[0].unlink()

    def small_segments() -> Log:
        return FileLog(folder / "log", segment_bytes=10_000)

    return Home(small_segments, trim)


HOMES = {"file": file_home}


@pytest.fixture(params=HOMES)
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Home:
    return HOMES[request.param](tmp_path)


def fill(log: Log, count: int, first: int = 0) -> str:
    with log.writer() as appender:
        for number in range(first, first + count):
            assert appender.append(delivery(number)) == number
        return appender.partition


def readable(entries: list[Entry]) -> list[Delivery]:
    return [decode(entry.line) for entry in entries if entry.line is not None]


def test_what_is_appended_is_read_back_in_order(home: Home) -> None:
    partition = fill(home.open(), 3)
    entries = list(home.open().read(partition, 0, 3))
    assert readable(entries) == [delivery(0), delivery(1), delivery(2)]
    assert [entry.offset for entry in entries] == [0, 1, 2]
    assert all(entry.size > 0 and not entry.reason for entry in entries)


def test_a_partition_counts_from_nothing_without_a_hole(home: Home) -> None:
    log = home.open()
    with log.writer() as appender:
        partition = appender.partition
        assert log.offsets(partition) == (0, 0)
    fill(log, 5)
    assert log.partitions() == [partition]
    assert log.offsets(partition) == (0, 5)


def test_the_next_writer_goes_on_where_the_last_stopped(home: Home) -> None:
    partition = fill(home.open(), 4)
    assert fill(home.open(), 3, first=4) == partition
    assert readable(list(home.open().read(partition, 0, 7))) == [delivery(n) for n in range(7)]


def test_a_synced_delivery_is_seen_while_the_writer_goes_on(home: Home) -> None:
    log = home.open()
    with log.writer() as appender:
        appender.append(delivery(0))
        appender.sync()
        appender.append(delivery(1))
        first, end = log.offsets(appender.partition)
        assert (first, end) in [(0, 1), (0, 2)]
        assert readable(list(log.read(appender.partition, 0, 1))) == [delivery(0)]


def test_a_writer_left_by_an_error_keeps_what_was_synced(home: Home) -> None:
    log = home.open()

    def write_and_fail() -> None:
        with log.writer() as appender:
            appender.append(delivery(0))
            appender.sync()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    [partition] = log.partitions()
    assert readable(list(log.read(partition, 0, 1))) == [delivery(0)]
    assert fill(log, 1, first=log.offsets(partition)[1]) == partition


def test_two_writers_at_once_never_share_a_partition(home: Home) -> None:
    log = home.open()
    with log.writer() as one, log.writer() as other:
        assert one.partition != other.partition
        assert one.append(delivery(1)) == other.append(delivery(2)) == 0
    assert log.partitions() == sorted([one.partition, other.partition])
    assert readable(list(log.read(one.partition, 0, 1))) == [delivery(1)]
    assert readable(list(log.read(other.partition, 0, 1))) == [delivery(2)]


@pytest.mark.parametrize(("start", "stop"), [(0, 1000), (0, 0), (999, 1000), (123, 124), (77, 991)])
def test_any_range_gives_each_of_its_positions_once(home: Home, start: int, stop: int) -> None:
    partition = fill(home.open(), 1000)
    entries = list(home.open().read(partition, start, stop))
    assert [entry.offset for entry in entries] == list(range(start, stop))
    assert readable(entries) == [delivery(number) for number in range(start, stop)]


def test_positions_that_were_trimmed_are_named(home: Home) -> None:
    log = home.open()
    partition = fill(log, 1000)
    home.trim(partition)
    first, end = log.offsets(partition)
    assert 0 < first < end == 1000
    with pytest.raises(Fatal, match=f"positions 7 to {first - 1} of spool .* are gone"):
        log.read(partition, 7, 1000)
    assert readable(list(log.read(partition, first, end)))[0] == delivery(first)


def test_positions_that_were_never_written_are_an_error_and_no_silence(home: Home) -> None:
    log = home.open()
    partition = fill(log, 3)
    for start, stop in [(0, 4), (5, 9), (4, 4)]:
        with pytest.raises(Fatal, match="ends before position 3"):
            log.read(partition, start, stop)


def test_reading_where_there_is_no_log_says_how_one_is_made(home: Home) -> None:
    with pytest.raises(Fatal, match="upshot pull SOURCE PATH --log"):
        home.open().partitions()


def test_a_partition_that_is_none_is_an_error(home: Home) -> None:
    fill(home.open(), 1)
    for asked in ("f" * 32, "../elsewhere"):
        with pytest.raises(Fatal, match="has no spool"):
            home.open().offsets(asked)


texts = st.text(st.characters(codec="utf-8", exclude_characters='"\\', exclude_categories=["Cc"]))


@pytest.mark.parametrize("name", HOMES)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(batches=st.lists(st.lists(texts, max_size=5), max_size=5))
def test_any_deliveries_in_any_batches_come_back(
    name: str, tmp_path_factory: pytest.TempPathFactory, batches: list[list[str]]
) -> None:
    log = HOMES[name](tmp_path_factory.mktemp("home")).open()
    said = [delivery(number, text) for number, text in enumerate(chain(*batches))]
    rest = iter(said)
    with log.writer() as appender:
        for batch in batches:
            for _ in batch:
                appender.append(next(rest))
            appender.sync()
    assert log.offsets(appender.partition) == (0, len(said))
    assert readable(list(log.read(appender.partition, 0, len(said)))) == said


def test_a_log_is_opened_by_its_name(tmp_path: Path) -> None:
    log = open_log(f"file:{tmp_path}/a/log")
    partition = fill(log, 1)
    assert open_log(f"file:{tmp_path}/a/log").partitions() == [partition]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("kafka://localhost:9092", "not supported by this version yet"),
        ("file:", "does not name a log"),
        ("/var/log", "does not name a log"),
        ("", "does not name a log"),
    ],
)
def test_a_name_that_is_no_log_is_a_usage_error(name: str, said: str) -> None:
    with pytest.raises(Usage, match=said):
        open_log(name)


def test_segment_names_are_read_back_and_nothing_else() -> None:
    assert segment_base("00000000000000000042.seg") == 42
    assert segment_base("42.seg") is None
    assert segment_base("00000000000000000042.seg.bak") is None
