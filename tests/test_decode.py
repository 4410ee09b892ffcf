"""Decoding: whatever a delivery says, it ends as something, and what is wrong is said by field."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from random import Random
from typing import Any

import msgspec
import pyarrow as pa
import pytest

from connectors.source import Source
from pipelines.arrow import arrow_schema
from pipelines.decode import decode, mapping_fingerprint
from pipelines.engine import connect
from pipelines.plan import facts, levels
from pipelines.table import DELIVERIES, decoded_tables, event_table
from pipelines.winners import merge
from schemas import EVENTS
from schemas.envelope import UNREADABLE, Delivery
from tests.deliveries import SOURCES, decoded
from tests.lakes import recorded

PULL_REQUEST = {
    "id": 1,
    "number": 7,
    "user": {"login": "a" * 32, "type": "User"},
    "created_at": "2026-01-05T09:00:00Z",
    "updated_at": "2026-01-05T10:00:00Z",
    "base": {"repo": "github.com/acme/web"},
}


def said(source: str, kind: str, body: Any) -> Delivery:
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return Delivery(source, kind, 0, msgspec.Raw(raw))


def opened(**more: Any) -> Delivery:
    """Return a pull request's opening; a field given as None is left out."""
    pull_request = {name: v for name, v in {**PULL_REQUEST, **more}.items() if v is not None}
    body = {"payload": {"action": "opened", "pull_request": pull_request}}
    return said("gharchive", "PullRequestEvent", body)


def rows(*deliveries: Delivery) -> dict[str, list[dict[str, Any]]]:
    found = decoded(deliveries)
    assert found.deliveries == len(deliveries)
    assert found.items == sum(table.num_rows for table in found.rows.values())
    return {path: table.to_pylist() for path, table in found.rows.items()}


def test_a_delivery_becomes_rows_of_every_event_that_it_tells() -> None:
    found = rows(opened(merged_at="2026-01-05T11:00:00Z", additions=8))
    assert {path: len(said) for path, said in found.items()} == {
        "events/change.created": 1,
        "events/change.merged": 1,
    }
    assert found["events/change.created"][0] | {"part": ""} == {
        "time": datetime(2026, 1, 5, 9),  # noqa: DTZ001
        "evidence": "A",
        "rev": None,
        "forge": "github.com",
        "change": "1",
        "repo": "github.com/acme/web",
        "number": 7,
        "author": "a" * 32,
        "author_kind": "human",
        "branch": None,
        "project": None,
        "page": None,
        "draft": None,
        "part": "",
    }


@pytest.mark.parametrize(
    ("field", "value", "column", "reason"),
    [
        ("created_at", None, "time", "missing or unfit"),
        ("created_at", "yesterday", "time", "not a TIMESTAMP"),
        ("created_at", "2026-13-05T09:00:00Z", "time", "not a TIMESTAMP"),
        ("created_at", "infinity", "time", "not a TIMESTAMP"),
        ("created_at", "294247-01-09T00:00:00Z", "time", "not a TIMESTAMP"),
        ("created_at", "0044-03-15 (BC) 12:00:00", "time", "not a TIMESTAMP"),
        ("number", None, "number", "missing or unfit"),
        ("number", 10**30, "number", "missing or unfit"),
        ("number", "seven", "number", "missing or unfit"),
        ("user", None, "author", "missing or unfit"),
        ("base", ["not", "an", "object"], "repo", "missing or unfit"),
    ],
)
def test_what_does_not_fit_is_rejected_by_its_event_and_field(
    field: str, value: Any, column: str, reason: str
) -> None:
    wrong = opened(**{field: value})
    [reject] = rows(wrong).pop("rejected")
    assert (reject["source"], reject["kind"]) == ("gharchive", "PullRequestEvent")
    assert (reject["event_type"], reject["field"]) == ("change.created", column)
    assert reject["reason"] == reason
    assert reject["content_hash"] == wrong.content_hash
    assert "yesterday" not in str(reject)


def test_a_verdict_that_nobody_knows_is_rejected_and_the_reason_says_what_is_known() -> None:
    review = {"id": 3, "user": {"login": "b" * 32}, "state": "SHRUGGED"}
    body = {"payload": {"pull_request": {"id": 1}, "review": review}}
    review["submitted_at"] = "2026-01-05T10:00:00Z"
    [reject] = rows(said("gharchive", "PullRequestReviewEvent", body))["rejected"]
    assert reject["field"] == "state"
    assert reject["reason"] == "not one of approved, changes_requested, commented, dismissed"


def test_one_bad_item_of_a_delivery_leaves_the_others() -> None:
    summary = {
        "account": "a" * 32,
        "range": {"date": "2026-01-05", "end": "2026-01-05T23:59:59Z"},
        "grand_total": {"total_seconds": "60"},
        "languages": [
            {"name": "Python", "total_seconds": "60"},
            {"name": "SQL", "total_seconds": "some"},
        ],
    }
    found = rows(said("wakatime", "summary", summary))
    told = {(row["dimension"], row["member"]) for row in found["events/activity.reported"]}
    assert told == {("total", "all"), ("language", "Python")}
    assert [row["field"] for row in found["rejected"]] == ["duration_us"]


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2026-01-05T10:00:00Z", 10),
        ("2026-01-05T10:00:00+07:00", 3),
        ("2026-01-05T10:00:00-05:00", 15),
        ("2026-01-05 10:00:00", 10),
    ],
)
def test_a_time_with_an_offset_is_that_moment_in_utc(text: str, hour: int) -> None:
    [row] = rows(opened(created_at=text))["events/change.created"]
    assert row["time"] == datetime(2026, 1, 5, hour)  # noqa: DTZ001


def test_microseconds_are_kept() -> None:
    [row] = rows(opened(created_at="2026-01-05T10:00:00.123456Z"))["events/change.created"]
    assert row["time"].microsecond == 123456


@pytest.mark.parametrize(
    ("source", "kind"),
    [("gharchive", "WatchEvent"), ("gharchive", 'Odd"; DROP'), ("nobody", "PullRequestEvent")],
    ids=["a kind without a record", "a kind nobody would use", "a source nobody knows"],
)
def test_what_no_mapping_speaks_of_is_ignored_and_counted(source: str, kind: str) -> None:
    found = rows(said(source, kind, {"digest": "x", "size": 1}))
    [ignored] = found.pop("ignored")
    assert found == {}
    assert (ignored["source"], ignored["kind"]) == (source, kind)


def test_what_was_unreadable_at_the_edge_is_rejected_with_its_reason() -> None:
    trace = {"size": 9, "digest": "x", "reason": "broken JSON"}
    found = rows(
        said("gharchive", UNREADABLE, trace), said("log", UNREADABLE, {"size": 1, "reason": "cut"})
    )
    assert [(row["source"], row["event_type"], row["reason"]) for row in found.pop("rejected")] == [
        ("gharchive", "", "broken JSON"),
        ("log", "", "cut"),
    ]
    assert found == {}


@pytest.mark.parametrize("body", [b"null", b"[1]", b'"text"', b"3", b"{}", b'{"payload":[]}'])
def test_a_body_of_another_shape_is_kept_account_of(body: bytes) -> None:
    found = rows(said("gharchive", "PullRequestEvent", body))
    assert sum(len(told) for told in found.values()) > 0
    assert set(found) <= {"rejected", "ignored"}


def test_a_character_that_few_expect_goes_through() -> None:
    [row] = rows(opened(base={"repo": "a\x00b'\"\\;--\u2028"}))["events/change.created"]
    assert row["repo"] == "a\x00b'\"\\;--\u2028"


def test_a_mapping_that_names_a_column_which_is_none_is_a_mistake_in_our_code() -> None:
    mapping = "SELECT delivery, 1 AS colour FROM PullRequestEvent"
    source = replace(SOURCES["gharchive"], events={"change.created": mapping})
    deliveries = pa.Table.from_pylist(
        [{"source": "gharchive", "kind": "PullRequestEvent", "body": "{}"}],
        schema=arrow_schema(DELIVERIES.columns),
    )
    with pytest.raises(TypeError, match=r"change.created: the mapping names \['colour'\]"):
        decode(deliveries, {"gharchive": source})


HOSTILE = [
    None, "", "\x00", "-", "|", "infinity", "NaN", "epoch", "294247-01-09T00:00:00Z",
    "5000000-01-01", "2026-01-05T09:00:00+99:99", "99999999999999999999", "1e400",
    10**19, -(10**30), 2**63 - 1, 1.5, True, [], [None], {}, {"a": 1}, "x" * 10_000,
    "' OR 1=1 --", '"', "ä\u200b", -1, 0,
]  # fmt: skip


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of everything inside a body."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for name, part in inside:
        yield (*path, name)
        if isinstance(part, dict | list):
            yield from leaves(part, (*path, name))


def with_value(value: Any, path: tuple[Any, ...], hostile: Any) -> Any:
    """Return a body with one part of it replaced."""
    if not path:
        return hostile
    copied = dict(value) if isinstance(value, dict) else list(value)
    copied[path[0]] = with_value(value[path[0]], path[1:], hostile)
    return copied


def spoilt(count: int) -> list[Delivery]:
    """Return recorded deliveries, each with something in it that nobody should have said."""
    random = Random(8)
    found = []
    for _ in range(count):
        delivery = random.choice(recorded())
        body = msgspec.json.decode(delivery.body)
        for path in random.choices([*leaves(body), ()], k=random.choice([1, 1, 2])):
            try:
                body = with_value(body, path, random.choice(HOSTILE))
            except (LookupError, TypeError):
                continue  # the first replacement took away what the second would replace
        found.append(said(delivery.source, delivery.kind, body))
    return found


def test_no_body_can_break_decoding_and_each_ends_as_something() -> None:
    db = connect()
    for delivery in spoilt(150):
        row = {
            "source": delivery.source,
            "kind": delivery.kind,
            "content_hash": delivery.content_hash,
            "body": bytes(delivery.body).decode(),
        }
        one = pa.Table.from_pylist([row], schema=arrow_schema(DELIVERIES.columns))
        found = decode(one, SOURCES, db)
        assert found.items > 0, delivery


def test_no_body_can_break_a_fact() -> None:
    found = decoded(spoilt(3_000)).rows
    db = connect()
    for path, table in decoded_tables().items():
        said = found.get(path, pa.Table.from_pylist([], schema=arrow_schema(table.columns)))
        # Of many spoilt bodies that tell of one change, one is believed.
        kept = merge(table, said.select([column.name for column in table.columns]), db).rows
        db.register(f"said_{table.view.replace('.', '_')}", kept)
        db.execute(f"CREATE VIEW {table.view} AS FROM said_{table.view.replace('.', '_')}")
    db.execute("SET VARIABLE parts = string_split('0123456789abcdef', '')")
    for step in (step for level in levels() for step in level if step.table.path in facts()):
        db.execute(f"CREATE TABLE {step.table.view} AS {step.sql}")
        [(count,)] = db.execute(f"SELECT count(*) FROM {step.table.view}").fetchall()
        # Of these, several bodies have to agree on what each tells, and they are spoilt.
        assert count > 0 or step.table.view in ("facts.edits", "facts.late_work")


@pytest.mark.parametrize("never", ["infinity", "294247-01-09T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_merge_at_the_end_of_time_is_no_merge(never: str) -> None:
    found = rows(opened(merged_at=never))
    assert set(found) == {"events/change.created", "rejected"}
    assert [row["event_type"] for row in found["rejected"]] == ["change.merged"]


def test_a_day_too_far_for_a_time_is_rejected_like_any_other() -> None:
    rollout = said("roster", "rollout", {"tool": "x", "team": "web", "started": "5000000-01-01"})
    [reject] = rows(rollout).pop("rejected")
    assert (reject["event_type"], reject["reason"]) == ("tool.rollout", "missing or unfit")


def test_the_company_in_which_deliveries_come_changes_nothing() -> None:
    together = rows(*recorded())
    apart: dict[str, list[dict[str, Any]]] = {}
    for delivery in recorded():
        for path, found in rows(delivery).items():
            apart.setdefault(path, []).extend(found)
    assert {path: Counter(map(repr, found)) for path, found in together.items()} == {
        path: Counter(map(repr, found)) for path, found in apart.items()
    }


def test_a_fingerprint_follows_the_mapping_of_its_own_table() -> None:
    created, merged = (event_table(EVENTS[name]) for name in ("change.created", "change.merged"))
    events = {**SOURCES["aidev"].events, "change.created": "SELECT delivery FROM pull_request"}
    changed: dict[str, Source] = {**SOURCES, "aidev": replace(SOURCES["aidev"], events=events)}
    assert mapping_fingerprint(created, changed) != mapping_fingerprint(created, SOURCES)
    assert mapping_fingerprint(merged, changed) == mapping_fingerprint(merged, SOURCES)
    for path in ("rejected", "ignored"):
        table = decoded_tables()[path]
        assert mapping_fingerprint(table, changed) != mapping_fingerprint(table, SOURCES)
