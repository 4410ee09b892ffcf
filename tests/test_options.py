"""Options: where they come from, which source wins, and the form of the answer."""

import csv
import json
import os
from pathlib import Path
from typing import Any

import pytest

from pipelines.plan import tables
from tests.commands import Run, refused
from tests.lakes import RECORDINGS


def asked(upshot: Run, *arguments: str) -> str:
    """Return the lake that a command went to: the error of an empty one names it."""
    ended = upshot("check", *arguments)
    assert ended.code == 1
    return ended.err.removeprefix("upshot: there is no lake in ").partition(".")[0]


@pytest.mark.usefixtures("new_home")
def test_the_command_line_beats_the_environment_which_beats_the_file(
    upshot: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("upshot.toml").write_text('lake = "filed"')
    assert asked(upshot) == "filed"
    monkeypatch.setenv("UPSHOT_LAKE", "environs")
    assert asked(upshot) == "environs"
    assert asked(upshot, "--lake", "said") == "said"


@pytest.mark.usefixtures("new_home")
def test_without_any_the_home_of_the_folder_is_used(upshot: Run) -> None:
    assert "there is no lake in .upshot/lake" in upshot("check").err


@pytest.mark.usefixtures("new_home")
def test_every_option_may_stand_in_the_file_and_the_environment(
    upshot: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("upshot.toml").write_text('log = "file:filed"\nkey = "secret"\nlake = "unused here"')
    assert upshot("init").code == 0
    assert upshot("pull", "roster", RECORDINGS / "roster").code == 0
    assert (Path("secret").exists(), Path("filed").is_dir()) == (True, True)
    monkeypatch.setenv("UPSHOT_LOG", "file:environs")
    monkeypatch.setenv("UPSHOT_KEY", "missing")
    refused(upshot("pull", "roster", RECORDINGS / "roster"), 1, "no tenant key at missing")


@pytest.mark.usefixtures("new_home")
def test_the_file_may_lie_elsewhere(upshot: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("elsewhere.toml").write_text('lake = "far"')
    monkeypatch.setenv("UPSHOT_CONFIG", "elsewhere.toml")
    assert asked(upshot) == "far"


@pytest.mark.usefixtures("new_home")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('lakes = "x"', "upshot.toml: unknown option lakes. use log, lake and key"),
        ("[lake]\nx = 1", "upshot.toml: option lake is not a text"),
        ("lake = 3", "upshot.toml: option lake is not a text"),
        ("lake = ", "upshot.toml cannot be read"),
        ("lake = 'x", "upshot.toml cannot be read"),
    ],
)
def test_a_file_that_says_what_nobody_knows_is_usage(upshot: Run, text: str, said: str) -> None:
    Path("upshot.toml").write_text(text)
    refused(upshot("check"), 2, said)


@pytest.mark.usefixtures("new_home")
def test_a_file_that_is_no_text_is_usage(upshot: Run) -> None:
    Path("upshot.toml").write_bytes(b"\xff\xfe")
    refused(upshot("check"), 2, "upshot.toml cannot be read")


def answer(upshot: Run, *arguments: object) -> Any:
    ended = upshot(*arguments, "--json")
    assert (ended.code, ended.err) == (0, "")
    return json.loads(ended.out)


@pytest.mark.usefixtures("used_home")
def test_every_command_answers_a_machine(upshot: Run) -> None:
    assert answer(upshot, "init") == {"key": ".upshot/key", "made": False}
    assert answer(upshot, "pull", "roster", RECORDINGS / "roster") == {
        "source": "roster",
        "deliveries": {"link": 5, "membership": 3, "project": 2, "rollout": 2, "seat": 2},
        "covered": 0,
    }
    streamed = answer(upshot, "stream", "--once")
    landed = {"deliveries": 14, "unreadable": 0, "consumed": 14, "lost": 0}
    assert streamed["landed"] == landed
    assert streamed["published"]
    assert set(streamed["rows"]) == set(tables())
    assert answer(upshot, "derive") == {
        "snapshot": streamed["snapshot"],
        "published": False,
        "recomputed": {},
        "rows": streamed["rows"],
    }
    filled = answer(upshot, "backfill", "--from", "2026-01-01", "--to", "2026-01-31")
    assert filled["recomputed"].keys() == {
        f"facts/{name}" for name in ("branches", "changes", "edits", "spans")
    }
    assert not filled["published"]
    assert answer(upshot, "sql", "SELECT 1 AS n, NULL AS nothing") == [{"n": 1, "nothing": None}]
    assert set(answer(upshot, "metrics")) >= {"change_outcome", "active_people_by_tool"}
    [row, *_] = answer(upshot, "metrics", "change_outcome")
    assert {"tool", "changes", "merged_percent"} <= row.keys()
    assert {finding["name"] for finding in answer(upshot, "check")} > {"no key is there twice"}


@pytest.mark.usefixtures("used_home")
def test_every_command_of_upkeep_answers_a_machine(upshot: Run) -> None:
    answer(upshot, "pull", "roster", RECORDINGS / "roster")
    answer(upshot, "stream", "--once")
    compacted = answer(upshot, "compact")
    assert compacted.keys() == {"partitions", "removed", "added", "rows", "files"}
    young = {"oldest": 1, "snapshots": 0, "paths": [], "size": 0}
    assert answer(upshot, "vacuum") == young
    assert answer(upshot, "vacuum", "--older-than", "0", "--dry-run")["snapshots"] == 1
    assert answer(upshot, "trim") == {"paths": [], "size": 0}
    replayed = answer(upshot, "replay", "--into", "new", "--source", "roster")
    assert (replayed["deliveries"], replayed["differences"]) == (28, [])
    assert {row["left"] for row in answer(upshot, "diff", ".upshot/lake", ".upshot/lake")} == {0}


@pytest.mark.usefixtures("used_home")
def test_every_command_of_upkeep_answers_people(upshot: Run) -> None:
    said = upshot("vacuum", "--older-than", "0", "--longest-pass", "0", "--dry-run").out
    assert "would remove 0 files of 0 bytes, forget 0 snapshots; 1 is the oldest" in said
    (Path(".upshot/lake/_tmp") / "left").write_text("")
    os.utime(".upshot/lake/_tmp/left", (0, 0))
    said = upshot("vacuum", "--dry-run").out
    assert said.startswith("_tmp/left\nwould remove 1 files")
    assert "removed 1 files of 0 bytes, forgot 0 snapshots" in upshot("vacuum").out
    assert upshot("trim", "--older-than", "0").out == "removed 0 segments of 0 bytes\n"
    assert upshot("compact").out.startswith("made 0 files of 0, 0 deliveries; ")
    assert upshot("replay", "--into", "new", "--rejected").out.endswith("no row differs\n")


@pytest.mark.usefixtures("used_home")
def test_an_audit_that_fails_answers_a_machine_too(upshot: Run) -> None:
    for file in Path(".upshot/lake/metrics").rglob("*.parquet"):
        file.unlink()
    ended = upshot("check", "--json")
    assert ended.code == 1
    [finding] = json.loads(ended.out)
    assert finding["passed"] is False
    assert len(ended.err.splitlines()) == 1


@pytest.mark.usefixtures("used_home")
def test_every_type_of_column_has_a_form_for_people_and_machines(upshot: Run) -> None:
    query = (
        "SELECT DATE '2026-01-05' AS d, TIMESTAMP '2026-01-05 09:00:00.5' AS t, ['a', NULL] AS l, "
        "1.5::DECIMAL(38,18) AS m, {'a': 1} AS s, NULL AS n, true AS b, 'x,\"y' AS text"
    )
    assert answer(upshot, "sql", query) == [
        {
            "d": "2026-01-05",
            "t": "2026-01-05T09:00:00.500000",
            "l": ["a", None],
            "m": "1.500000000000000000",
            "s": {"a": 1},
            "n": None,
            "b": True,
            "text": 'x,"y',
        }
    ]
    header, row = csv.reader(upshot("sql", query, "--csv").out.splitlines())
    assert header == ["d", "t", "l", "m", "s", "n", "b", "text"]
    assert (row[0], row[5], row[7]) == ("2026-01-05", "", 'x,"y')
    assert "2026-01-05" in upshot("sql", query).out


@pytest.mark.usefixtures("used_home")
def test_without_a_query_sql_lists_what_there_is_to_ask(
    upshot: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    listed = upshot("sql")
    assert listed.code == 0
    for table in tables().values():
        assert table.view in listed.out


@pytest.mark.usefixtures("used_home")
def test_a_metric_is_printed_with_its_question_and_its_pair(upshot: Run) -> None:
    ended = upshot("metrics", "change_outcome")
    assert ended.code == 0
    first, second, *_, last = ended.out.splitlines()
    assert "better: higher" in first
    assert second.startswith("Question: ")
    assert last.startswith("Pair: ")
