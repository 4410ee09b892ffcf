"""Nobody past the edge: real clients and real histories, then every file that is left of them."""

import gzip
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.kafka_access import Access
from connectors.topics import NAMES
from schemas.envelope import Delivery
from tests.clients import claude, octokit, wakatime
from tests.clients.lake import Lake
from tests.clients.leaks import LEAST, files, known, lines
from tests.deliveries import pulled
from tests.kafka.broker import Kafka, opened
from tests.lakes import RECORDINGS, recorded

SAID = ("email", "title", "body", "message", "diff_hunk", "description")
"""Fields of GitHub's payloads in which somebody says something."""


@pytest.fixture
def lake(tmp_path: Path, kafka: Kafka, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """Return a lake whose log is in Kafka."""
    monkeypatch.setenv("UPSHOT_SPOOL", "spool")
    return Lake(tmp_path, kafka.name())


def left(lake: Lake, kafka: Kafka) -> Iterator[bytes]:
    """Yield all that spool, broker and lake hold: a broker's folder has one folder a partition."""
    prefix = Access.read(lake.log, {}).topic("")
    topics = sorted((kafka.node.folder / "data").glob(f"{prefix}*"))
    assert len(topics) == sum(NAMES.values())
    spool = lake.folder / "spool"
    yield from files(spool, spool.with_name("spool.forwarded"), lake.folder / "lake", *topics)


def objects(payload: Any) -> Iterator[dict[str, Any]]:
    """Yield every object inside a payload."""
    if isinstance(payload, list):
        for part in payload:
            yield from objects(part)
    if isinstance(payload, dict):
        yield payload
        yield from objects(list(payload.values()))


def sayings(payloads: list[Any]) -> set[str]:
    """Return what people say in payloads, and who they are.

    A name that any payload gives to an organisation stays readable in a repository's name.
    """
    said: set[str] = set()
    organisations: set[str] = set()
    for one in objects(payloads):
        if one.get("type") == "Organization":
            organisations |= set(lines(one.get("login", "")))
        elif one.get("type") == "User":
            said |= set(lines(one.get("login", "")))
        for name in SAID:
            if isinstance(one.get(name), str):
                said |= set(lines(one[name]))
    return said - organisations


@claude.installed
@octokit.installed
@wakatime.installed
def test_what_real_clients_say_is_in_no_file_of_spool_broker_or_lake(
    lake: Lake, kafka: Kafka
) -> None:
    secrets = {*claude.SECRETS, claude.PROMPT, "wren@example.org", "larkspur_total.py"}
    with lake.collecting("github") as (url, secret), httpx.Client(base_url=url) as line:
        hooks = octokit.signed(secret)
        for hook in hooks:
            line.post("/github", content=hook.body, headers=hook.headers).raise_for_status()
    secrets |= sayings([json.loads(hook.body) for hook in hooks])
    home = lake.folder / "somebodys-home"
    with lake.collecting("otlp") as (url, token):
        claude.run(
            home,
            *("--allowedTools", "Write,Edit,Bash"),
            OTEL_EXPORTER_OTLP_ENDPOINT=url,
            OTEL_EXPORTER_OTLP_HEADERS=f"Authorization=Bearer {token}",
        )
    file = home / "tulip_prices.py"
    with lake.collecting("wakatime", "--free-mib", str(2**40)) as (url, token):
        file.write_text("tulips = 3\n")
        assert wakatime.beat(home, url, token, file, "1767600001.5") == wakatime.QUEUED
    with lake.collecting("wakatime") as (url, token):
        assert wakatime.beat(home, url, token, file, "1767600125.25") == wakatime.SENT
    lake.derive()
    secrets |= {"mossbank-ben", "tulip_prices", str(home), "somebodys-home"}
    secrets |= {one for one in [socket.gethostname()] if len(one) >= LEAST}

    held = list(left(lake, kafka))
    assert lake.ask("SELECT count(*) FROM events.activity_observed") == [(2,)]
    assert lake.ask("SELECT count(*) FROM events.ai_inference_completed") == [(4,)]
    assert len(secrets) > 80
    assert known(held, secrets) == set()
    # It would have been found: this is in the files of the spool, the broker and the lake.
    assert known(held, ["change.created", "claude_code", '"source":"github","kind":"']) != set()


def test_what_recordings_and_real_histories_say_is_not_there_either(
    lake: Lake, kafka: Kafka, request: pytest.FixtureRequest
) -> None:
    secrets: set[str] = set()
    said: list[Delivery] = list(recorded())
    for path in RECORDINGS.glob("*.sentinels.txt"):
        secrets |= set(path.read_text().splitlines())
    shared = request.config.rootpath.parent / "shared" / "data" / "git_commits"
    if shared.is_dir():
        commits = shared / "sqlite-utils.commits.jsonl.gz"
        said += pulled("git", commits)
        for commit in map(json.loads, gzip.decompress(commits.read_bytes()).splitlines()):
            secrets |= {commit["author"], *lines(commit["message"])}
    with opened(lake.log, lake.folder / "spool").writer() as appender:
        for one in said:
            appender.append(one)
    lake.derive()

    assert len(secrets) > 70
    assert known(left(lake, kafka), secrets) == set()


def test_a_scan_finds_what_is_there_at_any_place_and_in_any_case() -> None:
    blob = b"x" * 13 + b"Wilhelmina of Ashgrove" + b"y" * 3
    wanted = ["wilhelmina", "of ashgrove", "of ashgrove!", "mossbank"]
    assert known([blob, b"", b"short"], wanted) == {"wilhelmina", "of ashgrove"}
