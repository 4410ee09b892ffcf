"""What git's words give away, and what of them may leave; exports that are not what they seem."""

import gzip
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connectors.ai_marks import COMMIT_MARKS, SIGNATURE_MARKS, commit_marks, signature_marks
from connectors.git_account import Mailbox
from connectors.git_remote import ReadFrom, host_and_name
from connectors.record import account
from connectors.repository import repository_name
from connectors.sources.git import (
    Tag,
    is_revert_subject,
    models_of,
    object_id,
    revert_of,
    tool_of,
)
from schemas.envelope import UNREADABLE
from schemas.errors import Fatal
from tests.deliveries import KEY, pulled

SHA = "5e" * 20


@pytest.mark.parametrize(
    ("address", "provider", "name"),
    [
        ("Ada@Garden.example", "git", "ada@garden.example"),
        (" ada@garden.example ", "git", "ada@garden.example"),
        ("90000001+Ada-B@users.noreply.github.com", "github", "ada-b"),
        ("ada-b@users.noreply.github.com", "github", "ada-b"),
        ("1+robot[bot]@users.noreply.github.com", "github", "robot[bot]"),
        ("ada@users.noreply.github.com.example", "git", "ada@users.noreply.github.com.example"),
    ],
)
def test_an_address_is_an_account_and_githubs_own_is_githubs(
    address: str, provider: str, name: str
) -> None:
    assert Mailbox().leave(address, KEY) == account(KEY, provider, name)


def test_an_empty_address_is_nobodys() -> None:
    assert Mailbox().leave(" ", KEY) is None
    with pytest.raises(ValueError, match="Expected"):
        Mailbox().leave(None, KEY)


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://github.com/Acme/Web.git", ("github.com", "acme/web")),
        ("https://ada:secret@GitHub.com:443/acme/web/", ("github.com", "acme/web")),
        ("https://token@github.com/acme/web", ("github.com", "acme/web")),
        ("ssh://git@host.example:2222/acme/web.git", ("host.example", "acme/web")),
        ("git@github.com:acme/web.git", ("github.com", "acme/web")),
        ("host.example:group/deep/web", ("host.example", "group/deep/web")),
        ("https://host.example/web.git", None),
        ("file:///home/ada/web.git", None),
        ("/home/ada/web.git", None),
        ("../web", None),
        ("", None),
    ],
)
def test_a_remote_leads_to_a_host_and_a_name(url: str, found: tuple[str, str] | None) -> None:
    assert host_and_name(url) == found


def test_a_repository_is_named_by_its_remote_its_folder_or_its_export() -> None:
    remote = {"url": "git@github.com:acme/web.git", "folder": "web"}
    mine = ReadFrom().leave({**remote, "organisation": False}, KEY)
    assert mine == repository_name("github.com", "acme/web", organisation=False, key=KEY)
    assert ReadFrom().leave({**remote, "organisation": True}, KEY) == "github.com/acme/web"
    local = {"url": "/home/ada/web.git", "organisation": True, "folder": "web"}
    assert ReadFrom().leave(local, KEY) == f"local/{KEY.pseudonym('project', 'web')}"
    assert ReadFrom().leave({"export": "Web"}, KEY) == "export/web"
    with pytest.raises(ValueError, match="folder"):
        ReadFrom().leave({"url": "https://github.com/acme/web"}, KEY)


@pytest.mark.parametrize(
    ("message", "sha", "wide"),
    [
        (f'Revert "x"\n\nThis reverts commit {SHA}.', SHA, "true"),
        ("revert: x", None, "true"),
        ("Reapply\n\nThis reverts commit 5e5e5e5.", "5e5e5e5", "true"),
        ("Undo\n\nThis reverts commit of Ada", None, "true"),
        ("Do not revert", None, "false"),
        ("", None, "false"),
    ],
)
def test_a_revert_has_a_strict_and_a_wide_sign(message: str, sha: str | None, wide: str) -> None:
    assert (revert_of(message), is_revert_subject(message)) == (sha, wide)


@pytest.mark.parametrize(
    ("message", "marks"),
    [
        ("aider: x", ["aider:subject:1"]),
        ("x\naider: y", []),
        (
            "x\n\nCo-authored-by: claude[bot] <41898282+claude[bot]@users.noreply.github.com>",
            ["claude_code:co_author_app:1"],
        ),
        ("Co-authored-by: ci[bot] <41898282+github-actions[bot]@users.noreply.github.com>", []),
        ("Co-authored-by: Claude <c@x.example>", ["claude_code:co_author_name:1"]),
        ("Co-authored-by: Claude Ashgrove <c@x.example>", []),
        ("x\n\n🤖 Generated with Claude Code", ["claude_code:generated_with_plain:1"]),
        ("Explain what is Generated with Claude Code today", []),
        ("Co-authored-by: Copilot <copilot@github.com>", ["copilot:co_author_address:1"]),
    ],
)
def test_of_a_message_only_the_marks_of_tools_leave(message: str, marks: list[str]) -> None:
    assert commit_marks(message) == marks


@pytest.mark.parametrize(
    ("signature", "marks"),
    [
        ("Ada B (aider) <ada@x.example>", ["aider:name_suffix:1"]),
        ("Ada (aider) B <ada@x.example>", []),
        ("Devin <158243242+devin[bot]@users.noreply.github.com>", ["devin:address:1"]),
        ("Claude <noreply@anthropic.com>", ["claude_code:address:1"]),
        ("noreply@anthropic.com <ada@x.example>", []),
    ],
)
def test_a_signature_tells_tools_from_people(signature: str, marks: list[str]) -> None:
    assert signature_marks(signature) == marks


def test_every_mark_of_a_commit_says_its_tool_its_kind_and_its_version() -> None:
    for mark in [*COMMIT_MARKS, *SIGNATURE_MARKS]:
        tool, name, version = mark.split(":")
        assert tool.isidentifier()
        assert name.isidentifier()
        assert int(version) >= 1


@pytest.mark.parametrize("name", ["v1.2.3", "sdk/v0.0.78", "@acme/web@2.1.0", "1.0rc1"])
def test_a_tag_with_a_version_keeps_its_name(name: str) -> None:
    assert Tag().leave(name, KEY) == name


@pytest.mark.parametrize("name", ["ada-was-here", "nightly-20260101", "v1.2 for ada", "x" * 99])
def test_any_other_tag_is_hidden(name: str) -> None:
    assert Tag().leave(name, KEY) == KEY.pseudonym("tag", name)


def test_names_in_a_note_leave_only_if_they_look_like_what_they_should_be() -> None:
    assert [tool_of(name) for name in ("claude", "github-copilot", "mock_ai", "Ada B")] == [
        "claude_code",
        "copilot",
        "mock_ai",
        "other",
    ]
    assert models_of(['"gpt-5"', "<synthetic>", "ada b", "a@b.example", None]) == [
        "gpt-5",
        "synthetic",
    ]
    assert [object_id(text) for text in (SHA, "5e" * 32, "ada", SHA[:7])] == [
        SHA,
        "5e" * 32,
        None,
        None,
    ]


def exported(path: Path, *lines: str) -> list[tuple[str, dict[str, Any]]]:
    """Return kinds and bodies of an export of these lines."""
    (path / "web.commits.jsonl").write_text("".join(f"{line}\n" for line in lines))
    return [(said.kind, msgspec.json.decode(said.body)) for said in pulled("git", path)]


def test_a_line_that_is_no_commit_is_kept_as_size_and_digest(tmp_path: Path) -> None:
    said = exported(tmp_path, "{broken", "[]", '{"ada": 1}', "", "[" * 100_000)
    assert [(kind, sorted(body)) for kind, body in said] == [
        (UNREADABLE, ["digest", "reason", "size"])
    ] * 4


def test_a_commit_without_its_added_lines_has_claims_only(tmp_path: Path) -> None:
    meta = {"schema_version": "authorship/3.0.0", "prompts": {"k": {"agent_id": {"tool": "x"}}}}
    note = f"a.txt\n  k 1-3\n---\n{json.dumps(meta)}"
    commit = {"sha": SHA, "parents": [], "message": "", "additions": 5, "note": note}
    [_, (_, silent)] = exported(tmp_path, json.dumps(commit))
    [_, (_, unfit)] = exported(tmp_path, json.dumps({**commit, "added": {"a.txt": "ada"}}))
    [_, (_, full)] = exported(tmp_path, json.dumps({**commit, "added": {"a.txt": [[2, 6]]}}))
    assert [body["tools"][0].get("lines_added_ai") for body in (silent, unfit, full)] == [
        None,
        None,
        2,
    ]
    assert [body.get("lines_added_total") for body in (silent, unfit, full)] == [None, None, 5]


def test_a_packed_export_that_was_cut_is_refused(tmp_path: Path) -> None:
    packed = gzip.compress(b'{"tag":"v1.0"}\n' * 100)
    (tmp_path / "web.tags.jsonl.gz").write_bytes(packed[:-9])
    with pytest.raises(Fatal, match="damaged"):
        pulled("git", tmp_path)


def test_a_folder_of_neither_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Fatal, match="no clone"):
        pulled("git", tmp_path)
