"""What differs between two states of a table: by partition, and row by row where a reach asks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pipelines.engine import connect, scan
from pipelines.table import Table


@dataclass(frozen=True)
class Changed:
    """A table before and after, as the one file of each partition; files are named by content."""

    table: Table
    before: Mapping[str, str]
    after: Mapping[str, str]
    beside: Callable[[str], "Changed"]
    """Return another table of the lake, by path."""

    @property
    def parts(self) -> set[str]:
        """The partitions that differ."""
        return {
            part
            for part in {*self.before, *self.after}
            if self.before.get(part) != self.after.get(part)
        }

    def listed(self, sql: str) -> set[str]:
        """Return what an SQL list over a row holds, of every row that came or went."""
        return self._of_changed_rows(f"SELECT DISTINCT unnest({sql}) FROM changed")

    def peers(self, key: str) -> set[str]:
        """Return the partitions with a row whose key, in SQL, one that came or went has."""
        if not self.before:
            return self.parts
        part = self.table.partition.sql(self.table.types)
        return self.parts | self._of_changed_rows(
            f"""SELECT DISTINCT {part} FROM ({scan(self.table, sorted(self.after.values()))})
            WHERE {key} IN (SELECT {key} FROM changed)"""
        )

    def seen(self, path: str, day: str, columns: tuple[str, ...], what: set[str]) -> set[str]:
        """Return the days, in SQL, of another table's rows that have any of this in a column."""
        other = self.beside(path)
        files = sorted(other.after.values())
        if not files:
            return set()
        sought = " OR ".join(f"{column} IN (SELECT unnest($what))" for column in columns)
        with connect() as db:
            found = db.execute(
                f"""SELECT DISTINCT ({day})::VARCHAR FROM ({scan(other.table, files)})
                WHERE year({day}) BETWEEN 2000 AND 2100 AND ({sought})""",
                {"what": sorted(what)},
            ).fetchall()
        return {one for (one,) in found}

    def _of_changed_rows(self, query: str) -> set[str]:
        """Return what a query over the rows that came or went (``changed``) gives."""
        parts = sorted(self.parts)
        if not parts:
            return set()
        was, now = (
            scan(self.table, [files[part] for part in parts if part in files])
            for files in (self.before, self.after)
        )
        with connect() as db:
            found = db.execute(
                f"""WITH changed AS MATERIALIZED (
                    ({was} EXCEPT ALL {now}) UNION ALL ({now} EXCEPT ALL {was})
                )
                {query}"""
            ).fetchall()
        return {part for (part,) in found if part is not None}
