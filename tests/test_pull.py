"""Pull: whatever a path holds, nothing is lost, nothing is judged, nobody is named."""

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import msgspec
import pytest

from connectors.pull import Pulled, pull
from connectors.source import Covered, Item, Source
from schemas.envelope import Delivery
from schemas.errors import Fatal, Usage
from tests.deliveries import KEY, SOURCES, pulled
from tests.test_record import Note


def test_each_thing_said_is_one_delivery_in_the_order_it_was_said() -> None:
    def read(path: Path) -> Iterator[Item | Covered]:
        yield Item("note", b'{"number": 1, "secret": 2}')
        yield Item("other", b'{"secret": 3}')
        yield Covered(datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 1, 6, tzinfo=UTC))
        yield Item("note", {"number": 2, "secret": 3})

    source = Source(name="noted", topic="review", records={"note": Note}, read=read)
    said: list[Delivery] = []
    clock = count(1_000_000)
    result = pull(source, Path("anywhere"), said.append, KEY, received=lambda: next(clock))

    assert [(d.source, d.kind, d.received, msgspec.json.decode(d.body)) for d in said] == [
        ("noted", "note", 1_000_000, {"number": 1}),
        ("noted", "other", 1_000_001, {"digest": KEY.digest(b'{"secret": 3}'), "size": 13}),
        (
            "upshot",
            "source.covered",
            1_000_002,
            {
                "source": "noted",
                "covered_from": "2026-01-05T00:00:00+00:00",
                "time": "2026-01-06T00:00:00+00:00",
            },
        ),
        ("noted", "note", 1_000_003, {"number": 2}),
    ]
    assert result == Pulled({"note": 2, "other": 1}, covered=1)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "broken",
    [b'{"number": ', b"\xff\xfe", b'{"number": NaN}', b'{"title": "\\ud800"}', b"[" * 100_000],
    ids=["cut", "not UTF-8", "NaN", "half a character", "deep"],
)
def test_what_is_not_json_leaves_its_size_a_keyed_digest_and_a_reason(broken: bytes) -> None:
    source = Source(
        name="noted",
        topic="review",
        records={"note": Note},
        read=lambda path: iter([Item("note", broken), Item("note", b'{"number": 1}')]),
    )
    said: list[Delivery] = []
    result = pull(source, Path("anywhere"), said.append, KEY, received=lambda: 0)
    assert result.counts == {"unreadable": 1, "note": 1}
    assert msgspec.json.decode(said[0].body) == {
        "size": len(broken),
        "digest": KEY.digest(broken),
        "reason": "broken JSON",
    }


@pytest.mark.parametrize("name", sorted(SOURCES.keys() - {"upshot"}))
def test_a_path_that_holds_nothing_is_refused_in_one_line(name: str, tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent", tmp_path / "absent.json"):
        with pytest.raises(Fatal, match=name) as problem:
            pulled(name, path)
        assert problem.value.next_step
        assert "\n" not in str(problem.value)


def test_upshot_itself_is_not_pulled(tmp_path: Path) -> None:
    with pytest.raises(Usage, match="no source to pull from"):
        pulled("upshot", tmp_path)


def test_a_packed_hour_says_what_the_same_hour_says_unpacked(tmp_path: Path) -> None:
    plain = Path(__file__).parent / "recordings/gharchive/2026-01-05-9.json"
    packed = tmp_path / "2026-01-05-9.json.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert pulled("gharchive", packed) == pulled("gharchive", plain)


def test_a_packed_hour_that_ends_early_is_refused_after_what_it_still_tells(tmp_path: Path) -> None:
    line = b'{"type":"PushEvent","created_at":"2026-01-05T09:00:00Z"}\n'
    packed = tmp_path / "2026-01-05-9.json.gz"
    packed.write_bytes(gzip.compress(line * 100_000)[:-300])
    said: list[Delivery] = []
    with pytest.raises(Fatal, match="damaged"):
        pull(SOURCES["gharchive"], packed, said.append, KEY, received=lambda: 0)
    assert said
    assert {delivery.source for delivery in said} == {"gharchive"}, "a damaged hour covers nothing"


def test_an_hourly_file_covers_its_hour_and_any_other_its_events(tmp_path: Path) -> None:
    lines = [{"type": "PushEvent", "created_at": f"2026-01-05T09:{m}:00Z"} for m in (20, 10, 40)]
    text = "\n\n".join(map(json.dumps, lines))
    (tmp_path / "2026-01-05-9.json").write_text(text)
    (tmp_path / "some.json").write_text(text)
    said = [
        msgspec.json.decode(d.body) for d in pulled("gharchive", tmp_path) if d.source == "upshot"
    ]
    assert [(word["covered_from"][11:16], word["time"][11:16]) for word in said] == [
        ("09:00", "10:00"),
        ("09:10", "09:40"),
    ]


@pytest.mark.parametrize(
    "line", ['{"type":"mossbank-ben","created_at":"2026-01-05T09:00:00Z"}', "[]", "5", '{"type":7}']
)
def test_a_line_that_is_no_event_is_unreadable_and_its_kind_is_not_kept(
    line: str, tmp_path: Path
) -> None:
    (tmp_path / "hour.json").write_text(line + "\n")
    [delivery] = pulled("gharchive", tmp_path)
    assert delivery.kind == "unreadable"
    assert b"mossbank" not in bytes(delivery.body)


def test_a_damaged_parquet_table_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "Cursor").mkdir()
    (tmp_path / "Cursor" / "prs.parquet").write_bytes(b"PAR1 this is no table PAR1")
    with pytest.raises(Fatal, match=r"cannot be read as Parquet. get the file again"):
        pulled("aidev", tmp_path)


def test_a_tool_without_its_table_of_changes_is_refused(tmp_path: Path) -> None:
    (tmp_path / "Cursor").mkdir()
    with pytest.raises(Fatal, match=r"has no prs.parquet"):
        pulled("aidev", tmp_path)


@pytest.mark.parametrize("text", ["", "{", "5", "[1]", '{"data": 5}', '{"data": [{}, 5]}'])
def test_a_wakatime_file_of_another_shape_is_unreadable(text: str, tmp_path: Path) -> None:
    (tmp_path / "day.json").write_text(text)
    assert [delivery.kind for delivery in pulled("wakatime", tmp_path)] == ["unreadable"]


def test_one_file_is_the_same_on_two_peoples_machines(tmp_path: Path) -> None:
    beat = {"time": 1.5, "type": "file", "project": "heron"}
    paths = (
        "/home/wren/src/heron/a/b.py",
        "/workspaces/heron/a/b.py",
        "/elsewhere/b.py",
        "/other/b.py",
    )
    (tmp_path / "day.json").write_text(json.dumps([{**beat, "entity": path} for path in paths]))
    one, same, *elsewhere = (
        msgspec.json.decode(delivery.body)["entity"] for delivery in pulled("wakatime", tmp_path)
    )
    assert one == same
    assert len({one, *elsewhere}) == 3, "a path outside its project stays what it is"


def test_a_wakatime_account_is_the_folder_that_its_files_lie_in(tmp_path: Path) -> None:
    for account in ("larkspur", "Larkspur ", "wren"):
        (tmp_path / account).mkdir()
        (tmp_path / account / "day.json").write_text('{"data": [{"grand_total": {}}]}')
    accounts = [msgspec.json.decode(d.body)["account"] for d in pulled("wakatime", tmp_path)]
    assert len(accounts) == 3
    assert len(set(accounts)) == 2
    [alone] = pulled("wakatime", tmp_path / "wren" / "day.json")
    assert msgspec.json.decode(alone.body)["account"] == accounts[-1]


def test_a_wakatime_duration_keeps_every_digit_of_its_text(tmp_path: Path) -> None:
    (tmp_path / "day.json").write_text(
        '{"data": [{"grand_total": {"total_seconds": 3977.90920700000000012}}]}'
    )
    [day] = pulled("wakatime", tmp_path)
    assert msgspec.json.decode(day.body)["grand_total"] == {
        "total_seconds": "3977.90920700000000012"
    }
