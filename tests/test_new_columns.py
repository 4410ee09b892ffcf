"""A table whose declaration changed says so to every reader of Delta, not to ours alone."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable

from pipelines import datafile, lake
from pipelines.arrow import arrow_schema
from pipelines.datafile import DataFile
from pipelines.table import Table, event_table
from schemas import EVENTS
from schemas.columns import Column

READY = event_table(EVENTS["change.ready"])
WIDER = replace(READY, columns=(*READY.columns, Column("reviewers", "BIGINT", required=False)))


@pytest.mark.parametrize(("before", "after"), [(READY, WIDER), (WIDER, READY)])
def test_a_rebuilt_table_has_its_new_columns_and_only_its_new_rows(
    before: Table, after: Table, tmp_path: Path
) -> None:
    assert lake.replace(tmp_path, before, [written(tmp_path, before, "1")], 1, "derive-commit") == 1
    assert lake.replace(tmp_path, after, [written(tmp_path, after, "2")], 2, "derive-commit") == 2
    opened = DeltaTable(tmp_path / after.path)
    assert [field.name for field in opened.schema().fields] == [*after.types, "part"]
    assert [file.rows for file in lake.live(tmp_path, after)] == [1]
    assert opened.transaction_version(lake.APP) == 2
    assert lake.live(tmp_path, before, 1) != lake.live(tmp_path, after, 2)


def written(home: Path, table: Table, change: str) -> DataFile:
    row = {
        "time": datetime(2026, 1, 5, tzinfo=UTC),
        "evidence": "A",
        "forge": "github.com",
        "change": change,
    }
    rows = pa.Table.from_pylist([row], schema=arrow_schema(table.columns))
    file = datafile.write(home, table, "0", rows, "derive-write")
    assert file
    return file
