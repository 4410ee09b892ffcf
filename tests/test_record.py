"""Records: what is declared stays, what is marked leaves changed, all else is gone."""

import json
from decimal import Decimal
from typing import Annotated, Any

import duckdb
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.keys import TenantKey
from connectors.record import UNFIT, Extract, Hidden, Person, account, keep, record, shape
from connectors.repository import Repository

KEY = TenantKey(b"a key for tests, 32 bytes long..")


def digits(text: str) -> list[str]:
    return sorted({character for character in text if character.isdigit()})


def even(number: int) -> str | None:
    return "even" if number % 2 == 0 else None


@record
class Author:
    login: Annotated[str, Person("github")]
    id: Annotated[int, Extract(even)]


@record
class Note:
    number: int
    draft: bool
    hours: Decimal
    title: str
    author: Author
    readers: list[Author]
    labels: list[str]
    branch: Annotated[str, Hidden("branch")]
    body: Annotated[str, Extract(digits)]
    repo: Annotated[dict[str, Any], Repository("github.com")]


def kept(payload: Any) -> Any:
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return msgspec.json.decode(keep(Note, raw, KEY))


def test_fields_that_are_not_declared_vanish_at_every_depth() -> None:
    said = {"number": 7, "secret": 1, "author": {"email": "x"}, "readers": [{"phone": 2}]}
    assert kept(said) == {"number": 7, "author": {}, "readers": [{}]}


def test_a_field_sent_empty_and_a_field_left_out_are_the_same_delivery() -> None:
    assert kept({"number": 7, "title": None, "author": None}) == kept({"number": 7})


def test_a_person_leaves_as_one_pseudonym_whatever_the_case() -> None:
    assert kept({"author": {"login": "Ada"}}) == kept({"author": {"login": " ada "}})
    assert kept({"author": {"login": "ada"}})["author"]["login"] == account(KEY, "github", "ada")


def test_a_pseudonym_differs_by_provider_and_by_key() -> None:
    other = TenantKey(b"another key, also 32 bytes long.")
    names = {account(KEY, "github", "ada"), account(KEY, "wakatime", "ada")}
    assert len(names | {account(other, "github", "ada")}) == 3


def test_a_hidden_value_joins_within_its_domain_only() -> None:
    assert kept({"branch": "main"})["branch"] == KEY.pseudonym("branch", "main")
    assert kept({"branch": " main"}) == kept({"branch": "main"})
    assert KEY.pseudonym("branch", "main") != KEY.pseudonym("path", "main")


def test_only_the_finding_of_a_text_leaves() -> None:
    assert kept({"body": "call 555 or 1234"}) == {"body": ["1", "2", "3", "4", "5"]}
    assert kept({"body": "nothing"}) == {"body": []}
    assert kept({"author": {"id": 4}}) == {"author": {"id": "even"}}
    assert kept({"author": {"id": 5}}) == {"author": {}}


@pytest.mark.parametrize(
    ("said", "unfit"),
    [
        ({"number": "seven"}, ["number"]),
        ({"number": 7.5}, ["number"]),
        ({"number": 2**63}, ["number"]),
        ({"number": -(2**200)}, ["number"]),
        ({"draft": "yes"}, ["draft"]),
        ({"hours": {}}, ["hours"]),
        ({"author": "ada"}, ["author"]),
        ({"author": {"login": 5}}, ["author.login"]),
        ({"author": {"id": "many"}}, ["author.id"]),
        ({"readers": [{"login": 5}, 6]}, ["readers[]", "readers[].login"]),
        ({"readers": {}}, ["readers"]),
        ({"body": 5}, ["body"]),
        ({"repo": {"full_name": 5}}, ["repo"]),
        ({"branch": ["main"], "labels": [1]}, ["branch", "labels[]"]),
    ],
)
def test_what_does_not_fit_is_left_out_and_listed_and_the_rest_stays(
    said: dict[str, Any], unfit: list[str]
) -> None:
    body = kept({**said, "title": "fits"})
    assert body["title"] == "fits"
    assert body[UNFIT] == unfit
    assert "ada" not in json.dumps(body)


@pytest.mark.parametrize("payload", [b"[]", b'"ada"', b"5", b"null"])
def test_a_payload_that_is_no_object_leaves_nothing(payload: bytes) -> None:
    assert kept(payload) == {UNFIT: ["body"]}


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"{",
        b'{"number": NaN}',
        b'{"number": 1e999}',
        b'{"title": "\xff"}',
        b'{"title": "\\ud800"}',
        b'{"other":' + b"[" * 100_000,
        b'{"author":' * 100_000,
    ],
    ids=["empty", "cut", "NaN", "infinite", "not UTF-8", "half a character", "deep", "deeper"],
)
def test_what_is_not_json_is_refused_in_one_way(broken: bytes) -> None:
    with pytest.raises((msgspec.DecodeError, UnicodeError, RecursionError)):
        keep(Note, broken, KEY)


def test_a_decimal_keeps_every_digit_of_its_text() -> None:
    assert kept(b'{"hours": 3977.909207}') == {"hours": "3977.909207"}
    assert kept(b'{"hours": 0.1000000000000000055}') == {"hours": "0.1000000000000000055"}


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
FIELDS = st.sampled_from(["number", "draft", "hours", "title", "author", "readers", "body", "repo"])


@given(st.dictionaries(FIELDS | st.text(), JSON))
def test_any_object_is_kept_as_far_as_its_record_goes(said: dict[str, Any]) -> None:
    body = kept(said)
    assert set(body) <= set(shape(Note))


def test_a_kept_body_has_the_shape_that_the_engine_is_told() -> None:
    said = {
        "number": 7,
        "draft": True,
        "hours": 1.5,
        "author": {"login": "ada", "id": 4},
        "readers": [{"login": "ben"}],
        "labels": ["a"],
        "body": "5",
        "repo": {"full_name": "acme/web", "owner": {"type": "Organization"}},
        "title": 5,
    }
    [(row,)] = (
        duckdb.connect()
        .execute(
            "SELECT from_json(?, ?)",
            [keep(Note, json.dumps(said).encode(), KEY).decode(), json.dumps(shape(Note))],
        )
        .fetchall()
    )
    assert row["number"] == 7
    assert row["draft"] is True
    assert row["hours"] == "1.5"
    assert row["author"] == {"login": account(KEY, "github", "ada"), "id": "even"}
    assert row["readers"] == [{"login": account(KEY, "github", "ben"), "id": None}]
    assert row["labels"] == ["a"]
    assert row["body"] == ["5"]
    assert row["repo"] == "github.com/acme/web"
    assert row["title"] is None
    assert row[UNFIT] == ["title"]
