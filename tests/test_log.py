"""The contract of a log, whatever its home; a new home is one more entry in ``HOMES``."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Raw

from connectors.file_log import FileLog
from connectors.log import Entry, Log, entries_of, open_log
from connectors.segment import segment_base
from schemas.envelope import Delivery, decode
from schemas.errors import Fatal, Usage
from tests.kafka.broker import Kafka, opened
from tests.kafka.retention import delete_before


def delivery(number: int, text: str = "") -> Delivery:
    return Delivery(
        "gharchive", "PushEvent", number, Raw(b'{"id":%d,"t":"%s"}' % (number, text.encode()))
    )


@dataclass
class Home:
    """A fresh place for a log: opened by name, and able to forget what is old."""

    open: Callable[[], Log]
    nowhere: Callable[[], Log]
    """A log that nobody has made."""
    trim: Callable[[str], None]
    """Drop some of the oldest positions of a partition that holds many."""


def file_home(folder: Path, _: pytest.FixtureRequest) -> Home:
    def trim(partition: str) -> None:
        segments = sorted((folder / "log" / partition).glob("*.seg"))
        segments[0].unlink()

    def small_segments() -> Log:
        return FileLog(folder / "log", segment_bytes=10_000)

    return Home(small_segments, lambda: FileLog(folder / "none"), trim)


def kafka_home(folder: Path, request: pytest.FixtureRequest) -> Home:
    kafka: Kafka = request.getfixturevalue("kafka")
    name = kafka.name()

    def open_one(name: str = name) -> Log:
        log = opened(name, folder / "spool")
        request.addfinalizer(log.close)
        return log

    return Home(
        open_one,
        lambda: open_one(f"kafka://{kafka.node.address}/none"),
        lambda partition: delete_before(name, partition, 3),
    )


HOMES = {"file": file_home, "kafka": kafka_home}


@pytest.fixture(params=HOMES)
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Home:
    return HOMES[request.param](tmp_path, request)


def fill(log: Log, count: int, first: int = 0, sync_every: int = 1000) -> str:
    """Append deliveries, a few at a time, and return their origin."""
    with log.writer() as appender:
        for number in range(first, first + count):
            assert appender.append(delivery(number)) == number
            if number % sync_every == sync_every - 1:
                appender.sync()
        return appender.partition


def used(log: Log) -> str:
    """Return the one partition that holds anything."""
    [partition] = [name for name in log.partitions() if log.offsets(name)[1]]
    return partition


def everything(log: Log) -> list[Entry]:
    """Return all that the log holds, by origin and position."""
    entries = []
    for partition in log.partitions():
        for entry in log.read(partition, *log.offsets(partition)):
            origin = entry.origin or partition
            position = entry.position if entry.origin else entry.offset
            entries.append(entry._replace(origin=origin, position=position))
    return sorted(entries, key=lambda entry: (entry.origin, entry.position))


def readable(entries: Iterable[Entry]) -> list[Delivery]:
    return [decode(entry.line) for entry in entries if entry.line is not None]


def test_what_is_appended_is_read_back_in_order_with_its_origin(home: Home) -> None:
    origin = fill(home.open(), 3)
    entries = everything(home.open())
    assert readable(entries) == [delivery(0), delivery(1), delivery(2)]
    assert [(entry.origin, entry.position) for entry in entries] == [(origin, n) for n in range(3)]
    assert all(entry.size > 0 and not entry.reason for entry in entries)


def test_parts_hold_what_reading_gives_one_by_one(home: Home) -> None:
    fill(home.open(), 300, sync_every=70)
    log = home.open()
    partition = used(log)
    whole = log.offsets(partition)
    parts = list(log.parts(partition, *whole))
    assert [entry for part in parts for entry in entries_of(part)] == [*log.read(partition, *whole)]
    assert 1 <= len(parts) <= 5
    assert all(parts)


def test_before_anything_is_written_there_is_nothing(home: Home) -> None:
    log = home.open()
    with log.writer():
        assert log.partitions()
        assert {log.offsets(partition) for partition in log.partitions()} == {(0, 0)}
        assert everything(log) == []


def test_the_next_writer_goes_on_where_the_last_stopped(home: Home) -> None:
    origin = fill(home.open(), 4)
    assert fill(home.open(), 3, first=4) == origin
    assert readable(everything(home.open())) == [delivery(n) for n in range(7)]


def test_a_synced_delivery_is_seen_while_the_writer_goes_on(home: Home) -> None:
    log = home.open()
    with log.writer() as appender:
        appender.append(delivery(0))
        appender.sync()
        appender.append(delivery(1))
        assert readable(everything(log))[:1] == [delivery(0)]


def test_a_writer_left_by_an_error_keeps_what_was_synced(home: Home) -> None:
    log = home.open()
    origin = ""

    def write_and_fail() -> None:
        nonlocal origin
        with log.writer() as appender:
            origin = appender.partition
            appender.append(delivery(0))
            appender.sync()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    assert readable(everything(log)) == [delivery(0)]
    assert fill(log, 1, first=1) == origin


def test_two_writers_at_once_never_share_an_origin(home: Home) -> None:
    log = home.open()
    with log.writer() as one, log.writer() as other:
        assert one.partition != other.partition
        assert one.append(delivery(1)) == other.append(delivery(2)) == 0
    said = {entry.origin: readable([entry]) for entry in everything(log)}
    assert said == {one.partition: [delivery(1)], other.partition: [delivery(2)]}


def test_any_range_gives_each_of_its_positions_once(home: Home) -> None:
    log = home.open()
    fill(log, 300, sync_every=30)
    partition = used(log)
    first, end = log.offsets(partition)
    whole = list(log.read(partition, first, end))
    assert readable(whole) == [delivery(number) for number in range(300)]
    assert {entry.offset for entry in whole} == set(range(end))
    for start, stop in [(0, 0), (end, end), (end - 1, end), (3, 4), (1, end - 1)]:
        wanted = [entry for entry in whole if start <= entry.offset < stop]
        assert list(log.read(partition, start, stop)) == wanted


def test_positions_that_were_trimmed_are_named(home: Home) -> None:
    log = home.open()
    fill(log, 300, sync_every=30)
    partition = used(log)
    home.trim(partition)
    first, end = log.offsets(partition)
    assert 1 < first < end
    with pytest.raises(Fatal, match=f"positions 1 to {first - 1} of .* are gone"):
        log.read(partition, 1, end)
    assert readable(log.read(partition, first, end))[-1] == delivery(299)


def test_positions_that_were_never_written_are_an_error_and_no_silence(home: Home) -> None:
    log = home.open()
    fill(log, 3)
    partition = used(log)
    end = log.offsets(partition)[1]
    for start, stop in [(0, end + 1), (end + 2, end + 6), (end + 1, end + 1)]:
        with pytest.raises(Fatal, match=f"ends before position {end}"):
            log.read(partition, start, stop)


def test_what_a_partition_is_made_of_has_a_name_of_its_own(home: Home) -> None:
    fill(home.open(), 1)
    log = home.open()
    names = [log.stream(partition) for partition in log.partitions()]
    assert len(set(names)) == len(names)
    assert names == [home.open().stream(partition) for partition in log.partitions()]


def test_reading_where_there_is_no_log_says_how_one_is_made(home: Home) -> None:
    with pytest.raises(Fatal, match=r"`upshot (pull SOURCE PATH|topics) --log"):
        home.nowhere().partitions()


def test_a_partition_that_is_none_is_an_error(home: Home) -> None:
    fill(home.open(), 1)
    for asked in ("f" * 32, "../elsewhere", "upshot.ide.v1/99"):
        with pytest.raises(Fatal, match=r"has no (spool|partition)"):
            home.open().offsets(asked)


texts = st.text(st.characters(codec="utf-8", exclude_characters='"\\', exclude_categories=["Cc"]))


@pytest.mark.parametrize("name", HOMES)
@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(batches=st.lists(st.lists(texts, max_size=5), max_size=5))
def test_any_deliveries_in_any_batches_come_back(
    name: str,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    batches: list[list[str]],
) -> None:
    log = HOMES[name](tmp_path_factory.mktemp("home"), request).open()
    said = [delivery(number, text) for number, text in enumerate(chain(*batches))]
    rest = iter(said)
    with log.writer() as appender:
        for batch in batches:
            for _ in batch:
                appender.append(next(rest))
            appender.sync()
    assert readable(everything(log)) == said


def test_a_log_is_opened_by_its_name(tmp_path: Path) -> None:
    log = open_log(f"file:{tmp_path}/a/log")
    partition = fill(log, 1)
    assert open_log(f"file:{tmp_path}/a/log").partitions() == [partition]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("kafka:localhost", "does not name a broker"),
        ("kafka://localhost", "does not name a broker"),
        ("kafka://localhost:9092/a b", "a prefix that no topic can have"),
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
