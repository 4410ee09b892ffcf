"""Data files: equal rows are equal bytes under one name, and rot shows."""

from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.arrow import arrow_schema
from pipelines.datafile import DataFile, by_part, read, write
from pipelines.plan import tables
from pipelines.table import Table
from schemas import EVENTS
from schemas.errors import Fatal
from schemas.partition import PART

MERGED = tables()["events/change.merged"]


def some(count: int, table: Table = MERGED) -> pa.Table:
    said = [{"forge": "f", "change": f"{n:06d}", "sha": f"sha-{n}"} for n in range(count)]
    return pa.Table.from_pylist(said, schema=arrow_schema(table.columns))


def kept(lake: Path, rows: pa.Table, part: str = "0") -> DataFile:
    file = write(lake, MERGED, part, rows, "derive-write")
    assert file is not None
    return file


def test_the_name_is_the_digest_of_the_bytes_below_the_partition(tmp_path: Path) -> None:
    file = kept(tmp_path, some(3), part="7")
    written = (tmp_path / MERGED.path / file.path).read_bytes()
    assert file == DataFile(f"{PART}=7/{sha256(written).hexdigest()}.parquet", "7", len(written), 3)
    assert file.sha256 == sha256(written).hexdigest()


def test_the_same_rows_are_the_same_file_wherever_and_however_often(tmp_path: Path) -> None:
    rows = some(1000)
    once = kept(tmp_path / "here", rows)
    in_pieces = pa.concat_tables([rows.slice(0, 400), rows.slice(400)])
    assert kept(tmp_path / "here", rows) == once
    assert kept(tmp_path / "there", in_pieces) == once
    assert [path.name for path in (tmp_path / "here").rglob("*") if path.is_file()] == [
        f"{once.sha256}.parquet"
    ], "and nothing is left beside it"


def test_one_other_value_or_another_order_is_another_file(tmp_path: Path) -> None:
    rows = some(3)
    names = {
        kept(tmp_path, said).sha256
        for said in (rows, rows.take([1, 0, 2]), some(2), rows.set_column(5, "sha", [["x"] * 3]))
    }
    assert len(names) == 4


def test_no_rows_are_no_file(tmp_path: Path) -> None:
    assert write(tmp_path, MERGED, "0", some(0), "derive-write") is None
    assert list(tmp_path.iterdir()) == []


def test_columns_beyond_the_declared_are_not_kept_and_all_declared_are(tmp_path: Path) -> None:
    file = kept(tmp_path, some(2).append_column("extra", pa.array(["a", "b"])))
    stored = pq.read_table(tmp_path / MERGED.path / file.path, partitioning=None)
    assert stored.schema.equals(arrow_schema(MERGED.columns))


@pytest.mark.parametrize("name", EVENTS)
def test_a_file_says_no_least_and_greatest_of_people(name: str, tmp_path: Path) -> None:
    table = tables()[f"events/{name}"]
    row = {
        column.name: {"VARCHAR": "x", "BIGINT": 1, "BOOLEAN": True}.get(column.sql_type)
        for column in table.columns
    }
    schema = arrow_schema(table.columns)
    file = write(tmp_path, table, "0", pa.Table.from_pylist([row], schema=schema), "derive-write")
    assert file is not None
    group = pq.read_metadata(tmp_path / table.path / file.path).row_group(0)
    told = {
        group.column(at).path_in_schema.partition(".")[0]: group.column(at).statistics is not None
        for at in range(group.num_columns)
    }
    assert told == {
        column.name: not (column.about_people or column.sql_type.endswith("[]"))
        for column in table.columns
    }


def test_a_flipped_bit_that_would_be_read_as_another_value_is_noticed(tmp_path: Path) -> None:
    rows = some(5000)
    file = kept(tmp_path, rows)
    path = tmp_path / MERGED.path / file.path
    good = path.read_bytes()
    column = pq.read_metadata(path).row_group(0).column(4)
    pages = range(column.data_page_offset, column.data_page_offset + column.total_compressed_size)
    unnoticed = 0
    for place in pages[::211]:
        path.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        try:
            other = not pq.read_table(path, partitioning=None).equals(rows)
        except (OSError, pa.ArrowException):
            continue  # the compression noticed by itself
        if other:
            unnoticed += 1
            with pytest.raises(Fatal, match=f"{file.sha256}.parquet cannot be read. restore that"):
                read(path)
    assert unnoticed, "without the checksums these were read as what they are not"


def test_a_file_is_read_as_it_was_written_or_said_to_be_gone(tmp_path: Path) -> None:
    path = tmp_path / MERGED.path / kept(tmp_path, some(3)).path
    assert read(path).equals(some(3))
    assert read(path, ["change"]).column_names == ["change"]
    assert pa.types.is_dictionary(read(path, dictionaries=["sha"]).schema.field("sha").type)
    path.unlink()
    with pytest.raises(Fatal, match="cannot be read"):
        read(path)


def test_files_are_grouped_by_partition_in_name_order() -> None:
    a, b, c = (DataFile(f"{PART}={name}", name[0], 1, 1) for name in ("1/a", "0/b", "0/a"))
    assert by_part([a, b, c]) == {"0": [c, b], "1": [a]}


def test_times_and_numbers_in_the_key_are_kept_as_differences(tmp_path: Path) -> None:
    table = tables()["events/activity.observed"]
    said = [{"account": "a", "time": 461_000_017 * n, "lines_added": n} for n in range(5000)]
    rows = pa.Table.from_pylist(said, schema=arrow_schema(table.columns))
    file = write(tmp_path, table, "0", rows, "derive-write")
    assert file is not None
    group = pq.read_metadata(tmp_path / table.path / file.path).row_group(0)
    told = {group.column(at).path_in_schema: group.column(at) for at in range(group.num_columns)}
    assert "DELTA_BINARY_PACKED" in told["time"].encodings
    assert told["time"].total_compressed_size < 4 * len(rows)
    assert "RLE_DICTIONARY" in told["lines_added"].encodings
    assert read(tmp_path / table.path / file.path).equals(rows)
