"""Erasing somebody of whom Kafka still tells: it says until when, and nobody lands again."""

from pathlib import Path

import pytest

from connectors.pseudonyms import pseudonyms
from pipelines import datafile, erased, lake
from pipelines.derive import derive
from pipelines.erase import erase, kept_until
from pipelines.land import land
from pipelines.table import DELIVERIES
from tests.deliveries import KEY, SOURCES, pulled
from tests.kafka.broker import Kafka, configure, opened
from tests.lakes import RECORDINGS, quietly

GONE = pseudonyms(KEY, "github:quillfeather-ada")


def told(home: Path) -> list[str]:
    """Return the files of deliveries that tell of them."""
    whom = erased.Erased(frozenset(map(erased.digest, GONE)), frozenset())
    live = [home / DELIVERIES.path / file.path for file in lake.live(home, DELIVERIES)]
    return [path.name for path in live if whom.named(str(datafile.read(path).to_pylist()))]


def test_a_log_in_kafka_says_until_when_and_brings_nobody_back(
    kafka: Kafka, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = kafka.name()
    with opened(name, tmp_path / "spool").writer() as appender:
        for said in pulled("gharchive", RECORDINGS / "gharchive"):
            appender.append(said)
    monkeypatch.setenv("UPSHOT_SPOOL", str(tmp_path / "spool"))
    home = tmp_path / "lake"
    while land(home, name).consumed:
        pass
    derive(home, SOURCES)
    assert told(home)
    assert erase(home, GONE, SOURCES, quietly).blanked
    assert told(home) == []
    assert kept_until(name, 0.0) == "until 1970-01-15 00:00 UTC at most"
    new = tmp_path / "new"
    erased.add(new, erased.read(home).digests)
    while land(new, name).consumed:
        pass
    assert lake.live(new, DELIVERIES)
    assert told(new) == []
    configure(name, retention_ms="-1")
    assert kept_until(name, 0.0) == "for ever: set `retention.ms` on its topics"
