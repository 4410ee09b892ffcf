import msgspec
import pytest

from schemas.envelope import Delivery, decode, encode
from schemas.errors import Rejected

SAID = Delivery(
    source="gharchive",
    kind="PullRequestEvent",
    received=1_784_613_600_000_000,
    body=msgspec.Raw(b'{"number":120}'),
)
LINE = (
    b'{"source":"gharchive","kind":"PullRequestEvent",'
    b'"received":1784613600000000,"body":{"number":120}}'
)


def test_a_delivery_is_one_line_of_json_and_comes_back() -> None:
    assert encode(SAID) == LINE
    assert encode(decode(LINE)) == LINE


def test_its_content_hash_ignores_when_it_was_received() -> None:
    again = msgspec.structs.replace(SAID, received=SAID.received + 1)

    assert again.content_hash == SAID.content_hash
    assert len(SAID.content_hash) == 32


@pytest.mark.parametrize(
    "other", [{"source": "github"}, {"kind": "PushEvent"}, {"body": msgspec.Raw(b"{}")}]
)
def test_its_content_hash_follows_what_was_said_and_by_whom(other: dict[str, object]) -> None:
    assert msgspec.structs.replace(SAID, **other).content_hash != SAID.content_hash


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"", "not a delivery: broken JSON."),
        (b'{"source":"gharchive', "not a delivery: broken JSON."),
        (b'{"source":"\xff"}', "not a delivery: broken JSON."),
        (LINE.replace(b'{"number":120}', b"[" * 100_000), "not a delivery: broken JSON."),
        (b"[]", "not a delivery: Expected `object`, got `array`."),
        (b'{"source":"x"}', "not a delivery: Object missing required field `kind`."),
        (
            LINE.replace(b"1784613600000000", b'"alice"'),
            "not a delivery: Expected `int`, got `str`.",
        ),
    ],
)
def test_what_is_no_delivery_is_rejected_and_its_reason_quotes_no_value(
    line: bytes, reason: str
) -> None:
    with pytest.raises(Rejected) as rejected:
        decode(line)

    assert str(rejected.value) == reason
