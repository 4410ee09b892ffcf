"""Nobody past the edge: a scan of everything that log and lake hold for everyone who went in.

Who went in is read from the raw files: every login, e-mail address and commit author, and what is
private of a project. Below eight characters a hit may be chance, so those are left out.

A repository's name is the one place where a login may stand by design: an organisation's keeps its
name, and people give repositories the names of others (or common words that are also logins). So
names of repositories are held apart: there, a login is allowed only where a repository that is
*not* that login's own has it in its name. Everywhere else none is, but for the handful of logins
that are plain words, such as forges name their events with, and a lake of invented people says too.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.file_log import FileLog
from tests.deliveries import pulled
from tests.lakes import RECORDINGS, made, tell

LEAST = 8
EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")


@dataclass
class Held:
    """Every text that a log and a lake hold, lower case; names of repositories apart."""

    repositories: set[str] = field(default_factory=set)
    rest: set[str] = field(default_factory=set)

    def add(self, name: str, value: Any) -> None:
        """Take everything inside a value that stands under a name."""
        if isinstance(value, dict):
            for inner, part in value.items():
                self.rest.add(inner.lower())
                self.add(inner, part)
        elif isinstance(value, list):
            for part in value:
                self.add(name, part)
        elif name == "body" and isinstance(value, str) and value.startswith("{"):
            self.add("", json.loads(value))
        elif value is not None:
            (self.repositories if name == "repo" else self.rest).add(str(value).lower())


def held(home: Path) -> Held:
    """Decode every file below a folder that holds a log and a lake."""
    found = Held()
    log = FileLog(home / "log")
    for partition in log.partitions():
        for entry in log.read(partition, *log.offsets(partition)):
            assert entry.line is not None
            found.add("", json.loads(entry.line))
    for path in sorted(path for path in home.rglob("*") if path.is_file()):
        found.rest.add(str(path.relative_to(home)).lower())
        if path.suffix == ".parquet":
            _add_parquet(found, path)
        elif path.name == "catalog.duckdb":
            _add_catalog(found, path)
        elif path.suffix != ".seg":
            found.rest.add(path.read_text(errors="replace").lower())
    return found


def _add_parquet(found: Held, path: Path) -> None:
    with pq.ParquetFile(path) as file:
        found.rest.add(str(file.metadata.metadata).lower())
        for name in file.schema_arrow.names:
            column = file.read([name]).column(0)
            if pa.types.is_list(column.type):
                column = column.combine_chunks().flatten()
            for value in column.unique().to_pylist():
                found.add(name, value)


def _add_catalog(found: Held, path: Path) -> None:
    with duckdb.connect(str(path), read_only=True) as db:
        for query in ("SELECT sql, comment FROM duckdb_views()", "FROM duckdb_columns()"):
            for row in db.execute(query).fetchall():
                found.rest.update(str(value).lower() for value in row)
    raw = path.read_bytes().decode("latin-1").lower()
    # The file's bytes, too, without the texts of views that were just read: no table is inside.
    found.rest.update(re.findall(r"[a-z0-9@._+-]{8,}", raw))


@dataclass
class WentIn:
    """Who and what raw files name."""

    people: set[str] = field(default_factory=set)
    repositories: set[tuple[str, bool]] = field(default_factory=set)
    """Full names, and whether an organisation owns them."""
    words: set[str] = field(default_factory=set)
    """The words that forges name their events with."""

    def walk(self, value: Any) -> None:
        """Take everyone whom a GitHub payload names."""
        if isinstance(value, list):
            for part in value:
                self.walk(part)
        elif isinstance(value, dict):
            if isinstance(name := value.get("full_name"), str):
                kind = (value.get("owner") or {}).get("type")
                self.repositories.add((name.lower(), kind == "Organization"))
            if "email" in value and isinstance(value.get("name"), str):
                self.people.add(value["name"])
            for name in ("login", "display_login"):
                if isinstance(value.get(name), str):
                    self.people.add(value[name])
            for part in value.values():
                self.walk(part)

    def sentinels(self) -> set[str]:
        """Return what must not be found."""
        return {text for name in self.people if len(text := name.strip().lower()) >= LEAST}


def real_people(shared: Path) -> WentIn:
    """Read from the raw files, by themselves and not by our sources, whom they name."""
    found = WentIn()
    for line in (shared / "data/gharchive/2021-07-21-few-hours.json").read_text().splitlines():
        found.walk(json.loads(line))
        found.people.update(EMAIL.findall(line))
    for file in sorted((shared / "data/aidev_pop").rglob("*.parquet")):
        names = {"user", "actor", "assignee", "author", "committer"}
        table = pq.read_table(file, partitioning=None)
        for name in names & set(table.column_names):
            found.people.update(v for v in table[name].unique().to_pylist() if isinstance(v, str))
        if "event" in table.column_names:
            for event in table["event"].unique().to_pylist():
                found.words.update(str(event).split("_"))
        for name in {"body", "message"} & set(table.column_names):
            for text in table[name].to_pylist():
                found.people.update(EMAIL.findall(text or ""))
        if "repo_url" in table.column_names:
            for url in table["repo_url"].unique().to_pylist():
                found.repositories.add((str(url).lower().partition("/repos/")[2], False))
    for file in sorted((shared / "data/wakatime").glob("*.json")):
        for day in json.loads(file.read_text())["wakatime_data"]["data"]:
            found.people.update(project["name"] for project in day.get("projects", []))
    return found


def named(sentinels: set[str], texts: set[str]) -> Iterator[tuple[str, str]]:
    """Yield each sentinel that occurs, and where."""
    everything = "\n".join(texts)
    for sentinel in sorted(sentinels):
        if sentinel in everything:
            yield from ((sentinel, text) for text in texts if sentinel in text)


def others(login: str, repositories: set[tuple[str, bool]]) -> bool:
    """Tell whether a repository that is not the login's own, or an organisation's, is named so."""
    return any(
        login in (name if organisation else name.partition("/")[2])
        for name, organisation in repositories
        if organisation or name.partition("/")[0] != login
    )


@pytest.fixture(scope="module")
def invented(complete: Path) -> Held:
    return held(complete)


def test_nobody_in_the_recordings_is_named_in_log_or_lake(invented: Held) -> None:
    sentinels = {
        line.lower()
        for file in RECORDINGS.glob("*.sentinels.txt")
        for line in file.read_text().splitlines()
    }
    assert min(map(len, sentinels)) >= LEAST
    assert len(invented.rest) > 300
    assert invented.repositories
    assert list(named(sentinels, invented.rest | invented.repositories)) == []


@pytest.fixture(scope="module")
def went_in(shared: Path) -> WentIn:
    return real_people(shared)


@pytest.fixture(scope="module")
def real(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Held:
    home = tmp_path_factory.mktemp("real")
    made(
        home,
        [
            [
                *pulled("gharchive", shared / "data/gharchive"),
                *pulled("aidev", shared / "data/aidev_pop/Claude_Code"),
                *pulled("wakatime", shared / "data/wakatime"),
            ]
        ],
    )
    with FileLog(home / "log").writer() as appender:
        for delivery in pulled("aidev", shared / "data/aidev_pop"):
            appender.append(delivery)
    return held(home)


def test_nobody_in_the_real_data_is_named_beside_the_names_of_repositories(
    real: Held, invented: Held, went_in: WentIn
) -> None:
    sentinels = went_in.sentinels()
    assert len(sentinels) > 1_000
    assert sum("@" in sentinel for sentinel in sentinels) > 100
    words = went_in.words | {word for text in invented.rest for word in re.findall("[a-z]+", text)}
    assert len(sentinels & words) <= 5
    assert list(named(sentinels - words, real.rest)) == []


def test_in_the_name_of_a_repository_stands_nobody_whose_own_it_is(
    real: Held, went_in: WentIn
) -> None:
    hits = list(named(went_in.sentinels(), real.repositories))
    unexplained = [hit for hit in hits if not others(hit[0], went_in.repositories)]
    assert unexplained == []
    assert len({login for login, _ in hits}) < len(went_in.sentinels()) / 20


def test_the_scan_sees_a_name_wherever_it_is_put(tmp_path: Path) -> None:
    table = pa.table({"text": [["quillfeather-ada"]], "repo": ["github.com/x/mossbank-ben"]})
    pq.write_table(table, tmp_path / "x.parquet")
    (tmp_path / "x.json").write_text("by Larkspur-Wren")
    tell(tmp_path, [])
    (tmp_path / "catalog.duckdb").unlink(missing_ok=True)
    with duckdb.connect(str(tmp_path / "catalog.duckdb")) as db:
        db.execute("CREATE VIEW v AS SELECT 'contractor-zed' AS who")
    found = held(tmp_path)
    sentinels = {"quillfeather-ada", "larkspur-wren", "contractor-zed"}
    assert {sentinel for sentinel, _ in named(sentinels, found.rest)} == sentinels
    assert [sentinel for sentinel, _ in named({"mossbank-ben"}, found.repositories)]
