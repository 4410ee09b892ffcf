"""A worked example: given these rows, the query answers that. Written in the query's own file.

    /* test: a change still open counts as one of the changes
    given facts.changes: VALUES (['codex'], 'open') AS t(tools, outcome)
    expect: VALUES ('codex', 1, 0) AS t(tool, changes, merged_percent)
    */

What follows a colon is whatever may follow FROM. ``expect`` names the columns it speaks of, and
takes their types from the answer; ``expect: nothing`` is an answer without rows.
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PART = re.compile(r"^(given +[\w.]+|expect) *:", re.MULTILINE)

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Example:
    """One example: its name, its tables by qualified name, and the rows it expects."""

    name: str
    given: tuple[tuple[str, str], ...]
    expect: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the comment's text. Raises ValueError for one without ``given`` or ``expect``."""
        name, *parts = PART.split(text)
        name = " ".join(name.split())
        said = [(said, body.strip()) for said, body in zip(parts[::2], parts[1::2], strict=True)]
        given = tuple((said.split()[1], body) for said, body in said if said != "expect")
        expect = [body for said, body in said if said == "expect"]
        if not given or len(expect) != 1:
            raise ValueError(f"example `{name}` needs a `given` and exactly one `expect`")
        return cls(name, given, expect[0])

    def work_out(self, con: "DuckDBPyConnection", query: str) -> tuple[Rows, Rows]:
        """Return what the query answers and what was expected, both sorted, on an empty database.

        Leaves the given tables behind, and the whole answer as the table ``answer``.
        """
        for table, rows in self.given:
            con.execute(f"CREATE SCHEMA IF NOT EXISTS {table.partition('.')[0]}")
            con.execute(f"CREATE TABLE {table} AS FROM {rows}")
        con.execute(f"CREATE TABLE answer AS {query}")
        if self.expect == "nothing":
            return con.execute("FROM answer").fetchall(), []
        named = [row[0] for row in con.execute(f"DESCRIBE FROM {self.expect}").fetchall()]
        columns = "*" if named[0] == "col0" else ", ".join(named)
        con.execute(f"CREATE TABLE expected AS SELECT {columns} FROM answer LIMIT 0")
        con.execute(f"INSERT INTO expected FROM {self.expect}")
        answered = con.execute(f"SELECT {columns} FROM answer").fetchall()
        return sorted(answered, key=repr), sorted(con.execute("FROM expected").fetchall(), key=repr)
