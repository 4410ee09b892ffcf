"""Forwarding: nothing lost, copies only after a crash, a spool that is trimmed behind the log."""

from pathlib import Path

import pytest

from connectors import forward
from connectors.file_log import FileLog
from connectors.kafka_access import Access
from connectors.kafka_client import RECORD_BYTES
from connectors.topics import NAMES, create
from schemas.envelope import encode
from schemas.errors import Fatal
from tests.crash.process import Command, Running
from tests.kafka.broker import Kafka, configure, opened
from tests.kafka.retention import delete_topic
from tests.kafka.spooled import entries, held, many, spool, spools

CHUNK = 500
KILLED = -9
REFUSED = 4


def small_chunks() -> None:
    """Let progress move often."""
    forward.CHUNK = CHUNK


def start(folder: Path, name: str, fault: str = "") -> Running:
    """Start ``upshot forward --once`` on the spool of a folder."""
    argv = ("forward", "--once", "--spool", f"file:{folder / 'spool'}", "--log", name)
    said = folder / "said"
    said.mkdir(exist_ok=True)
    command = Command(argv, small_chunks)
    return Running(command, said / str(len(list(said.iterdir()))), {"UPSHOT_FAULT": fault})


def forwarded(log: FileLog, name: str, *, trim: bool = True, again: bool = False) -> int:
    """Forward here and now."""
    with forward.forwarder(log, Access.read(name, {}), trim=trim, again=again) as sender:
        return sender.forward()


def test_all_that_is_spooled_is_in_the_log_once(kafka: Kafka, tmp_path: Path) -> None:
    name, log, said = kafka.name(), spools(tmp_path / "spool"), many(2_500)
    origin = spool(log, said)
    assert forwarded(log, name) == 2_500
    found, copies = held(name, tmp_path)
    assert found == {(origin, position): one for position, one in enumerate(said)}
    assert copies == 0
    assert forwarded(log, name) == 0


def test_the_spool_is_trimmed_only_behind_what_the_log_has(kafka: Kafka, tmp_path: Path) -> None:
    name, log = kafka.name(), spools(tmp_path / "spool")
    origin = spool(log, many(1_000))
    assert forwarded(log, name, trim=False) == 1_000
    assert log.offsets(origin) == (0, 1_000)
    spool(log, many(10))
    assert forwarded(log, name) == 10
    first, end = log.offsets(origin)
    assert 900 < first < end == 1_010
    spool(log, many(10))
    assert forwarded(log, name) == 10
    assert len(held(name, tmp_path)[0]) == 1_020


def test_every_source_has_its_topic_and_the_unknown_goes_to_control() -> None:
    route = forward.router()
    topics = {one.source: route(encode(one)) for one in many(200)}
    assert topics["wakatime"] == "upshot.ide.v1"
    assert topics["gharchive"] == "upshot.review.v1"
    assert set(topics.values()) <= set(NAMES)
    for unknown in (b'{"source":"nobody","kind":"x"}', b'{"source":"\xff"}', b"", b"null", None):
        assert route(unknown) == "upshot.control.v1"


def test_a_position_that_cannot_be_read_is_forwarded_as_such(kafka: Kafka, tmp_path: Path) -> None:
    name, log = kafka.name(), spools(tmp_path / "spool")
    origin = spool(log, many(3))
    [segment] = (tmp_path / "spool" / origin).glob("*.seg")
    damaged = bytearray(segment.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    segment.write_bytes(damaged)
    lost = [entry for entry in log.read(origin, 0, 3) if entry.line is None]
    assert len(lost) == 1
    assert forwarded(log, name) == 3
    kafka_log = opened(name, tmp_path / "unused")
    found = [entry for entry in entries(kafka_log) if entry.line is None]
    kafka_log.close()
    assert [(one.origin, one.position, one.size, one.reason) for one in found] == [
        (origin, lost[0].offset, lost[0].size, lost[0].reason)
    ]


STEPS = ("forward-send", "forward-ack", "forward-progress", "forward-trim")
FAULTS = [f"{step}{side}" for step in STEPS for side in ("", "+")]


@pytest.mark.parametrize("fault", [*FAULTS, "forward-send+:7", "forward-progress+:2"])
def test_killed_at_any_step_nothing_is_lost(kafka: Kafka, tmp_path: Path, fault: str) -> None:
    name, log, said = kafka.name(), spools(tmp_path / "spool"), many(2_000)
    origin = spool(log, said)
    assert start(tmp_path, name, fault).wait().code == KILLED
    done = start(tmp_path, name).wait()
    assert done.code == 0, done.err
    found, copies = held(name, tmp_path)
    assert found == {(origin, position): one for position, one in enumerate(said)}
    # Those that were on their way, and the chunk whose progress was being written.
    assert copies <= 2_000
    if fault in ("forward-send", "forward-trim", "forward-trim+"):
        assert copies == 0


def test_a_refused_record_ends_the_process_and_a_restart_goes_on(
    kafka: Kafka, tmp_path: Path
) -> None:
    name, log, said = kafka.name(), spools(tmp_path / "spool"), many(2_000)
    spool(log, said)
    configure(name, max_message_bytes="100")
    refused = start(tmp_path, name).wait()
    assert refused.code == REFUSED
    assert "the broker refused a record: MessageSizeTooLargeError" in refused.err
    assert "Traceback" not in refused.err
    configure(name, max_message_bytes=str(RECORD_BYTES))
    assert start(tmp_path, name).wait().code == 0
    assert len(held(name, tmp_path)[0]) == 2_000


def test_topics_made_anew_are_noticed_before_anything_is_skipped(
    kafka: Kafka, tmp_path: Path
) -> None:
    name, log = kafka.name(), spools(tmp_path / "spool")
    origin = spool(log, many(100))
    forwarded(log, name)
    delete_topic(name, "upshot.ide.v1")
    create(Access.read(name, {}))
    with pytest.raises(Fatal, match=f"upshot.ide.v1 is not the one that spool {origin}"):
        forwarded(log, name)
    first, end = log.offsets(origin)
    assert forwarded(log, name, again=True) == end - first
    assert forwarded(log, name) == 0


def test_what_the_spool_lost_before_it_was_forwarded_is_named(kafka: Kafka, tmp_path: Path) -> None:
    name, log = kafka.name(), spools(tmp_path / "spool")
    origin = spool(log, many(500))
    min((tmp_path / "spool" / origin).glob("*.seg")).unlink()
    first = log.offsets(origin)[0]
    with pytest.raises(Fatal, match=f"positions 0 to {first - 1} of spool {origin} are gone"):
        forwarded(log, name)


def test_two_forwarders_of_one_spool_do_not_mix(kafka: Kafka, tmp_path: Path) -> None:
    name, log, said = kafka.name(), spools(tmp_path / "spool"), many(3_000)
    spool(log, said)
    both = [start(tmp_path, name), start(tmp_path, name)]
    assert [one.wait().code for one in both] == [0, 0]
    found, copies = held(name, tmp_path)
    assert (len(found), copies) == (3_000, 0)
