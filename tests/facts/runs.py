"""``facts.runs`` by example: Ada asks, reads and lets through."""

from typing import Any

from schemas.columns import Keyed
from schemas.events.ai_prompt_submitted import AiPromptSubmitted
from schemas.events.team_assigned import TeamAssigned
from tests.facts import Example
from tests.facts.telling import (
    ADA,
    account,
    at,
    beat,
    created,
    decision,
    everybody,
    inference,
    prompt,
    when,
)


def run(number: int = 1, **more: Any) -> dict[str, Any]:
    return {"prompt": f"c{number}" * 16, **more}


AT_WORK = [*everybody(), created("11:00"), beat("9:00"), beat("9:04")]

EXAMPLES = [
    Example(
        "a prompt is for the change that its typing was given to; its first accepted edit counts",
        [
            *AT_WORK,
            TeamAssigned(time=at("0:00"), person=ADA, team="web"),
            prompt("9:05"),
            inference("9:06"),
            decision("9:06:30", said="reject"),
            decision("9:08"),
            decision("9:07"),
        ],
        [
            {
                "tool": "claude_code",
                "session": "5a" * 16,
                "prompt": "c1" * 16,
                "run_at": when("9:05"),
                "person": ADA,
                "team": "web",
                "change_id": "f/1",
                "repo": "f/acme/web",
                "accepted_at": when("9:07"),
                "evidence": "C",
            }
        ],
    ),
    Example(
        "what was only refused, or let through for another prompt or a day later, is not accepted",
        [
            *AT_WORK,
            prompt("9:05"),
            decision("9:06", said="reject"),
            decision("9:07", number=2),
            decision("+1 9:05:01"),
        ],
        [run(accepted_at=None)],
    ),
    Example(
        "accepted after midnight is accepted",
        [*AT_WORK, prompt("23:59"), decision("+1 0:01")],
        [run(accepted_at=when("+1 0:01"))],
    ),
    Example(
        "two prompts one after the other are two, both for the change of their one stretch",
        [*AT_WORK, prompt("9:05"), prompt("9:05:20", 2)],
        [run(change_id="f/1"), run(2, change_id="f/1")],
    ),
    Example(
        "half an hour after work on a change nobody knows that it is for that",
        [*AT_WORK, prompt("9:35")],
        [run(change_id=None)],
    ),
    Example(
        "a prompt out of nowhere is for nothing that is known",
        [*everybody(), prompt("9:05")],
        [run(change_id=None, repo=None, evidence="B")],
    ),
    Example(
        "nobody's prompt is a run, too",
        [
            AiPromptSubmitted(
                time=at("9:05"),
                tool="codex",
                session=Keyed("5a" * 16),
                record=Keyed("7a" * 16),
                evidence="B",
            )
        ],
        [{"person": None, "prompt": "7a" * 16, "team": None, "tool": "codex"}],
    ),
    Example(
        "an account that is linked to nobody is a person of its own",
        [prompt("9:05")],
        [run(person=account(ADA, "agent"))],
    ),
    Example(
        "a team that was left that day is theirs no longer",
        [
            *everybody(),
            TeamAssigned(time=at("0:00"), person=ADA, team="web", until=at("0:00").date()),
            prompt("9:05"),
        ],
        [run(team=None)],
    ),
]
