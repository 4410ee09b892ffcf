"""GitHub's accounts: people, robots, and the AI tools that have an account of their own."""

from typing import Annotated, Any

from connectors.record import Extract, Person, record

AGENTS = {
    138933559: "factory_droid",
    158243242: "devin",
    161369871: "jules",
    175728472: "copilot",
    176961590: "gemini",
    198982749: "copilot",
    206951365: "cursor",
    223556219: "copilot",
    244629292: "kiro",
}
"""Accounts that are AI tools, by their number, which survives every renaming."""

LOGINS = {
    "factory-droid[bot]": 138933559,
    "devin-ai-integration[bot]": 158243242,
    "google-labs-jules[bot]": 161369871,
    "copilot-pull-request-reviewer[bot]": 175728472,
    "gemini-code-assist[bot]": 176961590,
    "copilot-swe-agent[bot]": 198982749,
    "copilot": 198982749,
    "cursor[bot]": 206951365,
}
"""The same accounts by name, for sources that give no number."""


def agent_of(number: int) -> str | None:
    """Return the AI tool that an account number belongs to, or nothing."""
    return AGENTS.get(number)


def user(login: str | None, number: int | None = None) -> dict[str, Any] | None:
    """Return the user object that GitHub would have sent, for a source that only has the login.

    A name that ends in ``[bot]`` is an app's: GitHub allows no brackets to people.
    """
    if login is None:
        return None
    number = LOGINS.get(login.lower()) if number is None else number
    robot = login.endswith("[bot]") or number in AGENTS
    return {"login": login, "id": number, "type": "Bot" if robot else "User"}


@record
class User:
    """An account; its number leaves as the AI tool it belongs to, or not at all."""

    login: Annotated[str, Person("github")]
    id: Annotated[int, Extract(agent_of)]
    type: str


def actor_kind(user: str) -> str:
    """Return the SQL that says what an account is: agent, bot, human, or NULL."""
    return (
        f"CASE WHEN {user}.id IS NOT NULL THEN 'agent' WHEN {user}.type = 'Bot' THEN 'bot' "
        f"WHEN {user}.type = 'User' THEN 'human' END"
    )
