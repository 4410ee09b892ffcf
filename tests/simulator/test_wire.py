"""What the invented organisation sends: real formats, all of it taken, nobody named behind it."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from connectors import all_sources
from connectors.collect.app import routes
from connectors.collect.take import take
from connectors.simulator.noise import QUIET
from connectors.simulator.simulate import History, simulate
from connectors.simulator.wire import Post, days
from connectors.source import Request
from schemas.envelope import Delivery
from tests.deliveries import KEY, decoded
from tests.simulator.conftest import SMALL

ROUTES = routes(all_sources())


@pytest.fixture(scope="module")
def posts(history: History) -> list[Post]:
    """Return every request of six weeks without noise."""
    told = days(history.signals, SMALL.staff, QUIET, SMALL.seed, SMALL.ends_ms)
    return [post for day in told for post in day.posts]


def taken(post: Post) -> Iterator[Delivery]:
    """Yield what the collector would keep of a request. Raises Refused where it would refuse."""
    source, push = ROUTES[post.path]
    request = Request(post.path, post.headers, post.body, post.teller)
    kept = take(source, push, request, post.headers, push.max_bytes, KEY, 0)
    assert [outcome for outcome in kept.outcomes if outcome[3]] == [], "a field did not fit"
    yield from kept.deliveries


@pytest.fixture(scope="module")
def deliveries(posts: list[Post]) -> list[Delivery]:
    """Return what the collector would keep of all of them."""
    return [delivery for post in posts for delivery in taken(post)]


def test_all_that_is_sent_fits_its_records_and_becomes_events(deliveries: list[Delivery]) -> None:
    rows = {path: table.num_rows for path, table in decoded(deliveries).rows.items()}

    assert "rejected" not in rows
    assert {path.partition("/")[2] for path in rows if rows[path]} >= {
        "activity.observed",
        "ai.edit.decided",
        "ai.inference.completed",
        "ai.prompt.submitted",
        "ai.tool.completed",
        "change.attributed",
        "change.commented",
        "change.created",
        "change.merged",
        "change.reviewed",
        "pipelinerun.finished",
        "service.deployed",
    }


def test_every_heartbeat_is_one_delivery(history: History, deliveries: list[Delivery]) -> None:
    kinds = Counter(delivery.kind for delivery in deliveries)

    assert kinds["heartbeat"] == sum(map(len, history.signals.beats.values()))
    assert kinds["user_prompt"] == sum(
        one.name == "user_prompt" for said in history.signals.agent.values() for one in said
    )


def test_everybody_is_named_in_what_is_sent_and_nobody_in_what_is_kept(
    posts: list[Post], deliveries: list[Delivery]
) -> None:
    sent = b"\n".join(post.body for post in posts).decode(errors="replace").lower()
    kept = b"\n".join(bytes(one.body) for one in deliveries).decode().lower()
    people = [engineer.person for engineer in SMALL.staff]
    names = {name.lower() for one in people for name in (one.name, one.login, one.email)}
    names |= set(re.findall(r'"ref":"([a-z-]+/[a-z0-9-]+)"', sent))
    names |= {"please mind what", "/src/core/", "should this not be shorter", "-laptop"}

    assert len(names) > 100
    assert {name for name in names if name not in sent} == set()
    assert {name for name in names if name in kept} == set()


def test_requests_stay_within_what_their_routes_take(posts: list[Post]) -> None:
    paths = {post.path for post in posts}
    assert {"/api/v1/users/current/heartbeats.bulk", "/github", "/v1/logs"} <= paths
    for post in posts:
        assert len(post.body) <= ROUTES[post.path].push.max_bytes


def test_what_arrives_after_the_end_is_never_heard(history: History) -> None:
    half = SMALL.ends_ms - 3 * 7 * 86_400_000
    told = list(days(history.signals, SMALL.staff, SMALL.noise, SMALL.seed, half))

    assert told[-1].ends_ms <= half
    assert [day.ends_ms for day in told] == sorted({day.ends_ms for day in told})


def test_teams_with_a_delivery_tool_tell_of_deployments_as_cdevents() -> None:
    asked = replace(SMALL, weeks=2, teams=5)
    told = days(simulate(asked).signals, asked.staff, QUIET, asked.seed, asked.ends_ms)
    said = [json.loads(post.body) for day in told for post in day.posts if post.path == "/cdevents"]

    assert all(event["type"] == event["data"]["context"]["type"] for event in said)
    artifacts = {event["data"]["subject"]["content"].get("artifactId", "") for event in said}
    assert all(
        re.fullmatch(r"(pkg:github/larchwood-example/(platform|mobile)@[0-9a-f]{40})?", one)
        for one in artifacts
    )
