"""GitHub's own examples of every webhook it sends, through the edge and the decoder."""

import json
from collections import Counter
from pathlib import Path
from urllib.parse import urlencode

import msgspec
import pytest

from connectors.pull import stripped
from connectors.source import Item, Request
from connectors.sources import gharchive, github
from schemas.envelope import Delivery
from schemas.errors import Rejected
from tests.deliveries import KEY, decoded


def request(event: str, body: bytes, content_type: str = "application/json") -> Request:
    headers = {"x-github-event": event, "content-type": content_type}
    return Request("/github", headers, body)


def said(asked: Request) -> list[Delivery]:
    return [
        Delivery("github", kind, 1_767_600_000_000_000, msgspec.Raw(body))
        for item in github.items(asked)
        for kind, body in [stripped(github.SOURCE, item, KEY)]
    ]


@pytest.fixture(scope="module")
def examples(request: pytest.FixtureRequest) -> list[tuple[str, bytes]]:
    path = Path(request.config.rootpath).parent / "shared/data/github_webhooks/index.json"
    if not path.exists():
        pytest.skip(f"{path.name} of octokit is not beside this checkout")
    return [
        (kind["name"], json.dumps(example).encode())
        for kind in json.loads(path.read_text())
        for example in kind["examples"]
    ]


def test_every_example_is_one_delivery_and_ends_as_events_or_counted(
    examples: list[tuple[str, bytes]],
) -> None:
    deliveries = [delivery for kind, body in examples for delivery in said(request(kind, body))]
    assert len(examples) == len(deliveries) == 329
    found = decoded(deliveries)
    assert found.deliveries == 329
    assert {path: table.num_rows for path, table in found.rows.items()} == {
        "events/change.created": 29,
        "events/change.abandoned": 2,
        "events/change.ready": 3,
        "events/change.reopened": 2,
        "events/change.reviewed": 4,
        "events/change.commented": 3,
        "events/service.deployed": 3,
        "events/pipelinerun.finished": 3,
        "ignored": 287,
    }


def test_a_form_says_what_its_json_says(examples: list[tuple[str, bytes]]) -> None:
    for kind, body in examples[::40]:
        form = urlencode({"payload": body.decode()}).encode()
        assert said(request(kind, form, github.FORM)) == said(request(kind, body))


@pytest.mark.parametrize(
    ("event", "body"),
    [("", b"{}"), ("pull request", b"{}"), ("push", b"[]"), ("push", b"{"), ("push", b"\xff")],
)
def test_what_is_no_webhook_is_refused_by_name(event: str, body: bytes) -> None:
    with pytest.raises(Rejected):
        said(request(event, body))


def test_a_webhook_and_the_archive_tell_the_same_events(tmp_path: Path) -> None:
    recorded = Path(__file__).parent / "recordings/gharchive/2026-01-05-9.json"
    pull_requests = [
        json.loads(line)
        for line in recorded.read_text().splitlines()
        if line.startswith("{") and '"PullRequestEvent"' in line
    ]
    archive = tmp_path / "2026-01-05-9.json"
    archive.write_text("\n".join(map(json.dumps, pull_requests)))
    pushed = [
        delivery
        for line in pull_requests
        for delivery in said(request("pull_request", json.dumps(line["payload"]).encode()))
    ]
    archived = [
        Delivery("gharchive", kind, 0, msgspec.Raw(body))
        for item in gharchive.read(archive)
        if isinstance(item, Item)
        for kind, body in [stripped(gharchive.SOURCE, item, KEY)]
    ]
    ours, theirs = decoded(pushed).rows, decoded(archived).rows
    assert {path: Counter(map(str, rows.to_pylist())) for path, rows in ours.items()} == {
        path: Counter(map(str, rows.to_pylist())) for path, rows in theirs.items()
    }
    assert "events/change.merged" in ours
