"""Who may know whom: the table below, and no import that it does not allow."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

KNOWS = {
    "schemas": {"schemas"},
    "connectors": {"connectors", "schemas"},
    "sql": {"sql", "schemas"},
    "pipelines": {"pipelines", "connectors", "sql", "schemas"},
}
OURS = {*KNOWS, "tests", "infra"}


def imported(source: str) -> Iterator[str]:
    """Yield the top-level name of every import, wherever in the file it stands."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from (name.name.partition(".")[0] for name in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module.partition(".")[0]


def test_an_import_inside_a_function_is_seen() -> None:
    source = "import os.path\ndef late():\n    from sql.loader import metrics\n    import duckdb"

    assert list(imported(source)) == ["os", "sql", "duckdb"]


@pytest.mark.parametrize("package", KNOWS)
def test_a_package_imports_only_those_that_it_may_know(package: str) -> None:
    files = sorted((ROOT / package).rglob("*.py"))
    strangers = OURS - KNOWS[package]

    assert files
    assert [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in files
        for name in imported(file.read_text())
        if name in strangers
    ] == []


@pytest.mark.parametrize(
    ("module", "engines"),
    [
        ("schemas", {"apache_beam", "pyarrow", "duckdb", "deltalake", "kafka"}),
        ("pipelines.cli", {"apache_beam", "pyarrow", "duckdb", "deltalake", "kafka"}),
        ("pipelines.catalog", {"apache_beam", "pyarrow", "deltalake", "kafka"}),
        ("pipelines.check", {"apache_beam", "kafka"}),
        ("sql.metric", {"apache_beam", "pyarrow", "duckdb", "deltalake", "kafka"}),
    ],
)
def test_importing_it_loads_no_engine(module: str, engines: set[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"import sys, {module}; print(*sys.modules, sep='\\n')"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert engines & set(done.stdout.splitlines()) == set()
