"""GitHub's webhooks by octokit's own signer, straight into the collector."""

from collections import Counter
from pathlib import Path

import httpx

from tests.clients.lake import Lake
from tests.clients.octokit import installed, signed
from tests.deliveries import decoded

pytestmark = installed

BECAME = """
    SELECT
        (SELECT count(*) FROM lake.deliveries WHERE source = 'github'),
        (SELECT sum(deliveries) FROM lake.ignored WHERE source = 'github'),
        (SELECT count(*) FROM lake.rejected)"""

EVENTS = (
    "change_created",
    "change_merged",
    "change_abandoned",
    "change_ready",
    "change_reopened",
    "change_reviewed",
    "change_commented",
    "service_deployed",
    "pipelinerun_finished",
)


def test_all_that_octokit_signs_is_taken_and_nothing_with_a_byte_flipped(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    with lake.collecting("github") as (url, secret), httpx.Client(base_url=url) as line:
        hooks = signed(secret)

        def answers(number: int, *, flip: bool) -> httpx.Response:
            hook = hooks[number].flipped(7919 * number) if flip else hooks[number]
            return line.post("/github", content=hook.body, headers=hook.headers)

        forged = [answers(number, flip=True) for number in range(len(hooks))]
        assert Counter(answer.status_code for answer in forged) == {401: 329}
        assert lake.said() == []

        taken = [answers(number, flip=False) for number in range(len(hooks))]
        assert Counter(answer.status_code for answer in taken) == {202: 329}
        assert len(lake.said()) == 329
    understood = decoded(lake.said())
    assert understood.deliveries - understood.rows["ignored"].num_rows == 42
    assert "rejected" not in understood.rows
    lake.derive()

    # Of the 287 that say nothing of ours, eleven say the same as another once they are stripped.
    assert lake.ask(BECAME) == [(329, 276, 0)]
    known = {name: lake.ask(f"SELECT count(*) FROM events.{name}")[0][0] for name in EVENTS}
    # The examples show the same few things again and again: 29 tell of one pull request.
    assert known == {
        "change_created": 1,
        "change_merged": 0,
        "change_abandoned": 1,
        "change_ready": 1,
        "change_reopened": 1,
        "change_reviewed": 2,
        "change_commented": 1,
        "service_deployed": 1,
        "pipelinerun_finished": 2,
    }
