import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from schemas.event import Event
from schemas.identity import KeyField, canonical, id128, id_sql

GOLDEN = Path(__file__).parent / "golden_ids.json"


def test_an_id_is_half_the_sha256_of_its_fields_as_netstrings() -> None:
    spelled = b"15:change.reviewed10:github.com9:694073641-"

    assert (
        id128("change.reviewed", "github.com", "694073641", None)
        == (sha256(spelled).hexdigest()[:32])
    )


def test_every_example_keeps_the_id_it_always_had(
    examples: dict[str, list[Event]], kept: Callable[[Path, str], None]
) -> None:
    ids = {name: [example.id for example in told] for name, told in examples.items()}

    kept(GOLDEN, json.dumps(ids, indent=1, sort_keys=True) + "\n")


def test_one_moment_has_one_spelling_whatever_its_zone() -> None:
    utc = datetime(2026, 1, 5, 9, 0, 0, 123456, tzinfo=UTC)
    elsewhere = utc.astimezone(timezone(timedelta(hours=5, minutes=45)))

    assert canonical(utc) == "1767603600123456"
    assert canonical(elsewhere) == canonical(utc.replace(tzinfo=None)) == canonical(utc)


def test_fields_are_spelled_as_sql_spells_them() -> None:
    spelled: list[tuple[KeyField, str]] = [
        (True, "true"),
        (False, "false"),
        (-7, "-7"),
        (date(2026, 1, 5), "2026-01-05"),
        (datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), "-1"),
        ("naïve", "naïve"),
    ]

    assert [canonical(field) for field, _ in spelled] == [text for _, text in spelled]


# Digits, the mark of an unknown field and the netstring's own colon are the likeliest to collide.
fields = st.none() | st.text("-:019é", max_size=4) | st.text()
keys = st.lists(fields, max_size=5)


@given(keys, keys)
def test_two_different_keys_never_share_an_id(
    one: list[str | None], other: list[str | None]
) -> None:
    assert (id128(*one) == id128(*other)) == (one == other)


@given(st.lists(fields, min_size=2, max_size=5), st.data())
def test_a_key_cut_elsewhere_is_another_key(key: list[str | None], data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(key) - 1))
    joined = "".join(field or "" for field in key[at - 1 : at + 1])

    assert id128(*key) != id128(*key[: at - 1], joined, *key[at + 1 :])


def test_unknown_empty_and_dash_are_three_things() -> None:
    assert len({id128("x", None), id128("x", ""), id128("x", "-"), id128("x")}) == 4


def test_sql_computes_the_same_id_for_nulls_bytes_and_times() -> None:
    rows: list[tuple[str | None, int | None, datetime | None]] = [
        ("github.com", 1, datetime(2026, 1, 5, 9, 0, 0, 1)),  # noqa: DTZ001  a TIMESTAMP is naive
        ("naïve ☃", -1, datetime(1960, 1, 1)),  # noqa: DTZ001
        ("", None, None),
        (None, 0, None),
    ]
    sql = id_sql("a.b", {"text": "VARCHAR", "number": "BIGINT", "moment": "TIMESTAMP"})
    con = duckdb.connect()
    con.execute("CREATE TABLE told (text VARCHAR, number BIGINT, moment TIMESTAMP)")
    con.executemany("INSERT INTO told VALUES (?, ?, ?)", rows)

    found = con.execute(f"SELECT {sql} FROM told ORDER BY rowid").fetchall()

    assert found == [(id128("a.b", *row),) for row in rows]
