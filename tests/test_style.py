"""House rules that no linter knows."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
LEFTOVERS = {"base", "common", "core", "helper", "helpers", "misc", "util", "utils"}
CLOCK = re.compile(r"\b(now\(\)|current_timestamp|current_date|get_current_time)", re.IGNORECASE)


def files(*folders: str) -> Iterator[Path]:
    """Yield every source file under some folders of the repository."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".py", ".sql"}:
                yield path


def everything() -> list[Path]:
    """Return every source file there is."""
    return list(files("pipelines", "schemas", "connectors", "sql", "tests"))


def test_no_file_has_more_than_400_lines() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in everything()}

    assert lengths
    assert {path: lines for path, lines in lengths.items() if lines > 400} == {}


def test_every_file_is_named_for_its_idea() -> None:
    assert [path for path in everything() if path.stem in LEFTOVERS] == []


def test_no_query_asks_for_the_time() -> None:
    queries = list(files("sql/metrics", "sql/checks", "pipelines/facts", "connectors/sources"))

    assert queries
    assert [path for path in queries if CLOCK.search(path.read_text())] == []
