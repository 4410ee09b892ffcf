"""What the lake knows of a real run of the Claude Code CLI."""

from decimal import Decimal
from pathlib import Path

import pytest

from connectors.otlp import JSON
from tests.clients.claude import PROMPT, SECRETS, Run, installed, run
from tests.clients.lake import Lake

pytestmark = installed

ALLOWED = ("--allowedTools", "Write,Edit,Bash")

COUNTS = """
    SELECT (SELECT count(*) FROM events.ai_prompt_submitted),
        (SELECT count(*) FROM events.ai_inference_completed),
        (SELECT count(*) FROM events.ai_tool_completed),
        (SELECT count(*) FROM events.ai_edit_decided)"""

MEASURES = "SELECT measure, sum(quantity) FROM events.ai_usage_reported GROUP BY 1"


@pytest.fixture(scope="module")
def allowed(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run the agent with leave to write, edit and commit."""
    return run(tmp_path_factory.mktemp("allowed"), *ALLOWED)


@pytest.fixture(scope="module")
def lake(allowed: Run, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Return a lake that has heard this run."""
    made = Lake(tmp_path_factory.mktemp("lake"))
    made.take(allowed.heard)
    return made


def test_prompts_inferences_tools_and_decisions_are_counted(lake: Lake) -> None:
    assert lake.ask(COUNTS) == [(1, 4, 3, 2)]


def test_tokens_and_cost_are_those_that_the_model_charged(lake: Lake) -> None:
    sums = """
        SELECT sum(input_tokens), sum(output_tokens), sum(cache_read_tokens),
            sum(cache_creation_tokens), round(sum(cost_usd), 6)
        FROM events.ai_inference_completed"""

    assert lake.ask(sums) == [(4800, 308, 16000, 1200, Decimal("0.02832"))]


def test_tools_are_known_by_name_kind_and_success(lake: Lake) -> None:
    tools = "SELECT tool_name, tool_kind, success FROM events.ai_tool_completed ORDER BY time"

    assert lake.ask(tools) == [
        ("Write", "edit", True),
        ("Edit", "edit", True),
        ("Bash", "shell", True),
    ]


def test_decisions_of_a_rule_are_not_a_humans(lake: Lake) -> None:
    decisions = (
        "SELECT tool_name, decision, decider, surface FROM events.ai_edit_decided ORDER BY 1"
    )

    assert lake.ask(decisions) == [
        ("Edit", "accept", "policy", "non-interactive"),
        ("Write", "accept", "policy", "non-interactive"),
    ]


def test_sums_say_lines_commits_tokens_and_cost(lake: Lake) -> None:
    sums = dict(lake.ask(MEASURES))

    assert sums.pop("active_cli_s") > 0
    assert round(sums.pop("cost_usd"), 6) == Decimal("0.02832")
    assert sums == {
        "sessions": 1,
        "lines_added": 4,
        "lines_removed": 1,
        "commits": 1,
        "input_tokens": 4800,
        "output_tokens": 308,
        "cache_read_tokens": 16000,
        "cache_creation_tokens": 1200,
        "edits_accepted": 2,
    }


def test_one_session_of_one_account_did_it_all(lake: Lake) -> None:
    sessions = " UNION ".join(
        f"SELECT session, account FROM events.{name}"
        for name in (
            "ai_session_started",
            "ai_prompt_submitted",
            "ai_inference_completed",
            "ai_tool_completed",
            "ai_edit_decided",
            "ai_usage_reported",
        )
    )

    assert len(lake.ask(sessions)) == 1


def test_nothing_that_was_asked_written_or_run_is_known(lake: Lake, allowed: Run) -> None:
    sent = b"".join(request.body for request in allowed.heard).lower()
    known = lake.known()

    assert len(known) > 10_000
    for secret in (*SECRETS, PROMPT, str(allowed.home), "larkspur_total.py"):
        assert secret.lower().encode() in sent, "it was not sent, so its absence proves nothing"
        assert secret.lower().encode() not in known


def test_the_same_bytes_sent_twice_change_nothing(lake: Lake, allowed: Run) -> None:
    before = lake.tables()
    [(landed,)] = lake.ask("SELECT count(*) FROM lake.deliveries")

    lake.take(allowed.heard)

    assert lake.ask("SELECT count(*) FROM lake.deliveries") == [(2 * landed,)]
    assert lake.tables() == before


def test_json_says_the_same_as_protobuf(tmp_path: Path) -> None:
    told = run(tmp_path / "home", *ALLOWED, OTEL_EXPORTER_OTLP_PROTOCOL="http/json")
    lake = Lake(tmp_path)
    lake.take(told.heard)

    assert {request.headers["content-type"] for request in told.heard} == {JSON}
    assert lake.ask(COUNTS) == [(1, 4, 3, 2)]
    assert dict(lake.ask(MEASURES))["lines_added"] == 4


def test_a_resumed_session_loses_nothing_and_a_refusal_is_known_by_its_span(
    tmp_path: Path,
) -> None:
    refused = run(tmp_path / "home")
    resumed = run(tmp_path / "home", "--continue")
    lake = Lake(tmp_path)
    lake.take([*refused.heard, *resumed.heard])

    assert lake.ask("SELECT count(DISTINCT session), count(*) FROM events.ai_prompt_submitted") == [
        (1, 2)
    ]
    assert lake.ask("SELECT tool_name, decision, decider FROM events.ai_edit_decided") == [
        ("Write", "reject", None)
    ]
    assert lake.ask("SELECT count(*) FROM events.ai_inference_completed") == [(5,)]


def test_the_collector_takes_it_all_straight_from_the_agent(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    with lake.collecting() as (url, token):
        run(
            tmp_path / "home",
            *ALLOWED,
            OTEL_EXPORTER_OTLP_ENDPOINT=url,
            OTEL_EXPORTER_OTLP_HEADERS=f"Authorization=Bearer {token}",
        )
    lake.derive()

    assert lake.ask(COUNTS) == [(1, 4, 3, 2)]
    assert dict(lake.ask(MEASURES))["commits"] == 1
    assert not any(secret.encode() in lake.known() for secret in SECRETS)
