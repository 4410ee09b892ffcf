"""Notes of git-ai, and patches, taken apart."""

import json
from io import BytesIO
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.git_ai import Claim, attribute, read_note
from connectors.git_diff import read_patches, unquoted


def note(attested: str, **explained: Any) -> bytes:
    return (
        f"{attested}---\n{json.dumps({'schema_version': 'authorship/3.0.0', **explained})}".encode()
    )


def tool(name: str) -> dict[str, Any]:
    return {"agent_id": {"tool": name, "id": f"session of {name}", "model": f"model of {name}"}}


def test_a_note_is_files_keys_and_lines() -> None:
    read = read_note(note("src/a b.py\n  k 1-3,5\n  s_1::t_2 7\nb.py\n  h_9 1\n"))
    assert read.claims == [
        Claim("src/a b.py", "k", [range(1, 4), range(5, 6)]),
        Claim("src/a b.py", "s_1", [range(7, 8)]),
        Claim("b.py", "h_9", [range(1, 2)]),
    ]


def test_a_note_may_claim_nothing() -> None:
    assert attribute(read_note(note("")), {"a": [range(1, 4)]}) == {
        "tools": [],
        "lines_added_total": 3,
        "lines_added_human": 0,
        "lines_added_unexplained": 0,
    }


def test_a_transcript_is_passed_over() -> None:
    said = read_note(note("", prompts={"k": {**tool("x"), "messages": [{"text": "secret-heron"}]}}))
    assert "secret-heron" not in repr(said)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"a.txt\n  k 1-3\n",
        b"---\n[]",
        b"---\n{broken",
        b'---\n{"schema_version": "authorship/9.0.0"}',
        note("a.txt\n  k one\n"),
        note("a.txt\n  k 99999999999\n"),
        note("a.txt\n  k\n"),
        note("", prompts={"k": "ada"}),
        b"\xff\n---\n" + note("")[4:],
    ],
)
def test_what_is_no_note_of_this_form_is_refused(raw: bytes) -> None:
    with pytest.raises((ValueError, msgspec.MsgspecError)):
        read_note(raw)


def test_a_line_that_two_tools_claim_is_the_first_ones() -> None:
    read = read_note(note("a\n  k 1-3\n  m 2-5\n", prompts={"k": tool("x"), "m": tool("y")}))
    said = attribute(read, {"a": [range(1, 10)]})
    assert [(t["tool"], t["lines_added_ai"], t["lines_claimed"]) for t in said["tools"]] == [
        ("x", 3, 3),
        ("y", 2, 4),
    ]


def test_a_tool_goes_before_a_human_and_a_human_before_the_unexplained() -> None:
    attested = "a\n  nobody 1-6\n  h_1 1-4\n  k 1-2\n"
    read = read_note(note(attested, prompts={"k": tool("x")}, humans={"h_1": {"author": "Ada"}}))
    said = attribute(read, {"a": [range(1, 7)]})
    assert said["tools"][0]["lines_added_ai"] == 2
    assert (said["lines_added_human"], said["lines_added_unexplained"]) == (2, 2)


lines = st.lists(st.tuples(st.integers(1, 60), st.integers(0, 9)), max_size=8)


@given(lines, lines)
def test_never_more_lines_than_were_added_and_claimed(
    claimed: list[tuple[int, int]], real: list[tuple[int, int]]
) -> None:
    spans = ",".join(f"{first}-{first + more}" for first, more in claimed)
    mine = {line for first, more in claimed for line in range(first, first + more + 1)}
    added = sorted({line for first, more in real for line in range(first, first + more + 1)})
    attested = f"a\n  k {spans}\n" if spans else ""
    read = read_note(note(attested, prompts={"k": tool("x")}))
    said = attribute(read, {"a": [range(line, line + 1) for line in added]})
    assert sum(t["lines_added_ai"] for t in said["tools"]) == len(mine & set(added))
    assert said["lines_added_total"] == len(added)


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("a b.txt", "a b.txt"),
        ('"a b.txt"', "a b.txt"),
        (r'"a\"b\\c\td\001.txt"', 'a"b\\c\td\x01.txt'),
        ('"', '"'),
    ],
)
def test_an_odd_path_is_taken_out_of_its_quotes(written: str, path: str) -> None:
    assert unquoted(written) == path


def test_a_patchs_text_is_never_taken_for_its_frame() -> None:
    sha = "5e" * 20
    patch = (
        f"{sha}\n\ndiff --git a/a b.txt b/a b.txt\n--- a/a b.txt\t\n+++ b/a b.txt\t\n"
        f"@@ -3,2 +3,4 @@ def x\n-{'x' * 100_000}\n-- a/b\n+++ b/other.txt\n+@@ -1 +1 @@\n"
        f"+{sha}\n+\n"
        "\\ No newline at end of file\n@@ -9 +12,0 @@\n-gone\n@@ -20,0 +22 @@\n+last\n"
        f"{'7a' * 20}\n"
    )
    assert read_patches(BytesIO(patch.encode())) == {
        sha: {"a b.txt": [range(3, 7), range(22, 23)]},
        "7a" * 20: {},
    }
