"""What GitHub's objects give away, and what of it may leave."""

import pytest

from connectors.ai_marks import MARKS, ai_marks
from connectors.github import change_of_node
from connectors.github_accounts import AGENTS, LOGINS, agent_of, user


@pytest.mark.parametrize(
    ("node_id", "change"),
    [
        ("MDExOlB1bGxSZXF1ZXN0NjkzMjU5MTEz", "693259113"),
        ("PR_kwDOEL39TM40DXk-", "873298238"),
        ("MDU6SXNzdWU4ODQ0MjQyNDc=", None),
        ("I_kwDOCWYEMc40r3UP", None),
        ("IC_kwDOCWYEMc40r3UP", None),
    ],
    ids=["old pull request", "new pull request", "old issue", "new issue", "comment"],
)
def test_a_node_id_names_the_pull_request_behind_an_issue(node_id: str, change: str | None) -> None:
    assert change_of_node(node_id) == change


@pytest.mark.parametrize("node_id", ["PR_", "PR_x", "PR_kwDO", "\xe9", "abcde"])
def test_what_is_no_node_id_does_not_fit(node_id: str) -> None:
    with pytest.raises(ValueError, match="Expected a node id"):
        change_of_node(node_id)


def test_an_agent_is_known_by_its_number() -> None:
    assert agent_of(198982749) == "copilot"
    assert agent_of(158243242) == "devin"
    assert agent_of(1) is None
    assert set(LOGINS.values()) <= set(AGENTS)


@pytest.mark.parametrize(
    ("login", "number", "kind"),
    [
        ("Copilot", 198982749, "Bot"),
        ("copilot-swe-agent[bot]", 198982749, "Bot"),
        ("release-robot[bot]", None, "Bot"),
        ("mossbank-ben", None, "User"),
    ],
)
def test_a_login_alone_tells_robots_from_people(login: str, number: int | None, kind: str) -> None:
    assert user(login) == {"login": login, "id": number, "type": kind}
    assert user(None) is None


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("Generated with [Claude Code](https://claude.ai)", ["claude_code:generated_with:1"]),
        ("x\nCo-Authored-By: Claude Opus <noreply@anthropic.com>", ["claude_code:co_author:1"]),
        ("Co-authored-by: Cursor <cursoragent@cursor.com>", ["cursor:co_author:1"]),
        (
            "Co-authored-by: Copilot <198982749+Copilot@users.noreply.github.com>",
            ["copilot:co_author:1"],
        ),
        (
            "Co-authored-by: aider (gpt) <aider@aider.chat>",
            ["aider:co_author:1", "aider:co_author_name:1"],
        ),
        ("Co-authored-by: Ben <ben@mossbank.example>", []),
        ("I wrote to noreply@anthropic.com about Claude Code", []),
        ("", []),
    ],
)
def test_of_a_text_only_the_marks_of_tools_leave(text: str, marks: list[str]) -> None:
    assert ai_marks(text) == marks


def test_every_mark_says_its_tool_its_kind_and_its_version() -> None:
    for mark in MARKS:
        tool, name, version = mark.split(":")
        assert tool.isidentifier()
        assert name.isidentifier()
        assert int(version) >= 1
