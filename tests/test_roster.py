"""The roster: kept by hand, so it is read with care, and a mistake names its line."""

import os
from pathlib import Path
from typing import Any

import pytest

from connectors.record import account
from connectors.repository import repository_name
from schemas.errors import Fatal
from tests.deliveries import KEY, decoded, pulled


def rows(path: Path, event_type: str) -> list[dict[str, Any]]:
    table = decoded(pulled("roster", path)).rows.get(f"events/{event_type}")
    return table.to_pylist() if table else []


def rejected(path: Path) -> list[tuple[str, str]]:
    table = decoded(pulled("roster", path)).rows["rejected"]
    return sorted((row["event_type"], row["field"]) for row in table.to_pylist())


@pytest.fixture
def people(tmp_path: Path) -> Path:
    return tmp_path / "people.csv"


def test_an_account_has_the_pseudonym_that_every_other_source_gives_it(people: Path) -> None:
    people.write_text("person,team,GitHub,wakatime\nAda,web,Quillfeather,larkspur\n")
    accounts = {row["account"] for row in rows(people, "identity.linked")}
    assert accounts == {
        account(KEY, "github", "quillfeather"),
        account(KEY, "wakatime", "larkspur"),
    }


def test_one_person_is_one_person_in_all_files_whatever_the_case(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("person,team\nAda Ash,web\n")
    (tmp_path / "seats.csv").write_text("person,tool,plan\nada ash ,copilot,business\n")
    [team], [seat] = rows(tmp_path, "team.assigned"), rows(tmp_path, "seat.assigned")
    assert team["person"] == seat["person"] == KEY.pseudonym("person", "ada ash")


def test_a_file_alone_is_told_by_its_header(tmp_path: Path) -> None:
    (tmp_path / "anything.csv").write_text("\ufefftool,team,started\ncopilot,all,2025-06-01\n")
    [rollout] = rows(tmp_path / "anything.csv", "tool.rollout")
    assert (rollout["tool"], rollout["team"], str(rollout["started"])) == (
        "copilot",
        "all",
        "2025-06-01",
    )


def test_an_empty_from_is_always_and_an_empty_to_is_still(people: Path) -> None:
    people.write_text("person,team,from,to\nAda,web,,\n")
    [row] = rows(people, "team.assigned")
    assert (row["since"], row["until"]) == (None, None)


def test_a_later_edition_has_a_later_revision(people: Path) -> None:
    people.write_text("person,team\nAda,web\n")
    os.utime(people, ns=(0, 1_767_600_000_123_456_789))
    [row] = rows(people, "team.assigned")
    assert row["rev"] == 1_767_600_000_123_456


@pytest.mark.parametrize(
    ("line", "faults"),
    [
        ("Ada,web,soon,,quill", [("identity.linked", "since"), ("team.assigned", "since")]),
        ("Ada,web,,2026-02-30,", [("team.assigned", "until")]),
        (",web,,,", [("team.assigned", "person")]),
        ("Ada,,,,", [("team.assigned", "team")]),
        (",,,,quill", [("identity.linked", "person")]),
        ("Ada,web,,,quill,surplus", [("", "")]),
    ],
)
def test_a_bad_row_is_rejected_by_its_field_and_the_others_stay(
    line: str, faults: list[tuple[str, str]], people: Path
) -> None:
    people.write_text(f"person,team,from,to,github\n{line}\nBen,web,,,\n")
    assert rejected(people) == faults
    assert len(rows(people, "team.assigned")) == 1


@pytest.mark.parametrize("started", ["", "soon", "2026-13-01"])
def test_a_rollout_without_a_day_is_rejected(started: str, tmp_path: Path) -> None:
    (tmp_path / "rollouts.csv").write_text(f"tool,team,started\ncopilot,all,{started}\n")
    [(event_type, field)] = rejected(tmp_path)
    assert event_type == "tool.rollout"
    assert field in ("time", "started")


def test_a_folder_is_that_repository_as_every_other_source_names_it(tmp_path: Path) -> None:
    (tmp_path / "projects.csv").write_text(
        "project,url,owner\nShop,git@github.com:Acme/web.git,organisation\n"
        "notes,https://github.com/ada/notes,\n"
    )
    shop, notes = sorted(
        rows(tmp_path, "project.linked"), key=lambda row: row["repo"], reverse=True
    )
    assert shop["project"] == KEY.pseudonym("project", "shop")
    assert shop["repo"] == "github.com/acme/web"
    assert notes["repo"] == repository_name("github.com", "ada/notes", False, KEY)


@pytest.mark.parametrize("url", ["", "web", "/srv/git/web.git"])
def test_a_folder_of_no_repository_is_rejected(url: str, tmp_path: Path) -> None:
    (tmp_path / "projects.csv").write_text(f"project,url,owner\nshop,{url},organisation\n")
    assert rejected(tmp_path) == [("project.linked", "repo")]


@pytest.mark.parametrize(
    "second",
    ["ada,platform,,", "Ada,platform,2026-01-31,", "Ada,platform,2025-01-01,2026-01-02"],
)
def test_one_person_in_two_teams_at_one_time_names_both_lines(second: str, people: Path) -> None:
    people.write_text(f"person,team,from,to\nBen,web,,\nAda,web,2026-01-01,2026-02-01\n{second}\n")
    with pytest.raises(Fatal, match=r"people\.csv line 3 and people\.csv line 4") as problem:
        pulled("roster", people)
    assert "give the earlier row a `to`" in str(problem.value)
    assert "Ada" not in str(problem.value)


def test_one_account_on_two_people_at_one_time_is_refused(people: Path) -> None:
    people.write_text("person,team,github\nAda,web,quill\nBen,web,Quill\n")
    with pytest.raises(Fatal, match="one github account on two people"):
        pulled("roster", people)


def test_a_move_on_the_day_itself_and_a_second_account_are_fine(people: Path) -> None:
    people.write_text(
        "person,team,from,to,github\n"
        "Ada,web,,2026-02-01,quill\n"
        "Ada,platform,2026-02-01,,quill\n"
        "Ada,platform,2026-02-01,,feather\n"
    )
    assert len(rows(people, "identity.linked")) == 3


@pytest.mark.parametrize(
    "header", ["", "name,team", "person", "tool,team,startd", "person,tool,form", "person,team,,x"]
)
def test_a_header_that_is_none_of_ours_says_which_are(header: str, people: Path) -> None:
    people.write_text(f"{header}\na,b,c,d\n")
    with pytest.raises(Fatal, match="use person,team,from,to"):
        pulled("roster", people)


@pytest.mark.parametrize("raw", [b"person,team\n\xff,web\n", b'person,team\n"Ada,web\n'])
def test_a_file_that_is_no_csv_in_utf8_is_refused_in_one_line(raw: bytes, people: Path) -> None:
    people.write_bytes(raw)
    with pytest.raises(Fatal, match="not CSV in UTF-8"):
        pulled("roster", people)
