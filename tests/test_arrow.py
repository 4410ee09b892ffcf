"""Record batches between steps: small, exact, and never pickled."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import apache_beam as beam
import pyarrow as pa
import pytest
from apache_beam.coders.coders import Coder, TupleCoder

from pipelines import hops
from pipelines.arrow import arrow_schema, one_batch
from pipelines.coder import RecordBatchCoder
from pipelines.hops import Graph, decode_hop
from pipelines.plan import tables
from pipelines.runners import Runner
from pipelines.table import decoded_tables
from schemas.columns import Column
from schemas.partition import PART
from tests.deliveries import SOURCES

NOON = datetime(2026, 1, 5, 12, 0, 0, 1, tzinfo=UTC)
CODER = RecordBatchCoder()
EVERY_TYPE = pa.record_batch(
    {
        "VARCHAR": pa.array(["ä\x00", None]),
        "BIGINT": pa.array([-(2**63), None]),
        "BOOLEAN": pa.array([True, None]),
        "DOUBLE": pa.array([0.1, None]),
        "TIMESTAMP": pa.array([NOON, None], pa.timestamp("us")),
        "DATE": pa.array([date(2026, 1, 5), None]),
        "DECIMAL(38,18)": pa.array([Decimal("0.000000000000000001"), None], pa.decimal128(38, 18)),
        "VARCHAR[]": pa.array([["a", None], None], pa.list_(pa.string())),
    }
)


def test_every_table_can_be_stored_beside_its_partition_column() -> None:
    for table in tables().values():
        assert arrow_schema(table.columns).names == [column.name for column in table.columns]
        assert PART not in table.types, table.path


def test_every_column_type_has_an_arrow_type_that_survives_the_coder() -> None:
    declared = arrow_schema(Column(name, name, required=False) for name in EVERY_TYPE.schema.names)
    assert EVERY_TYPE.schema == declared
    assert CODER.decode(CODER.encode(EVERY_TYPE)).equals(EVERY_TYPE)


def test_a_batch_without_rows_survives() -> None:
    empty = EVERY_TYPE.slice(0, 0)
    assert CODER.decode(CODER.encode(empty)).equals(empty)


def test_a_slice_carries_itself_and_not_its_parent() -> None:
    parent = pa.record_batch({"text": [f"{n:0100d}" for n in range(10_000)]})
    piece = parent.slice(5000, 10)
    assert len(CODER.encode(piece)) < len(CODER.encode(parent)) / 50
    assert CODER.decode(CODER.encode(piece)).equals(piece)
    assert CODER.estimate_size(piece) < 2000


def test_a_table_of_many_chunks_becomes_one_batch() -> None:
    table = pa.Table.from_batches([EVERY_TYPE, EVERY_TYPE])
    assert one_batch(table).num_rows == 4
    assert one_batch(table.slice(0, 0)).schema == EVERY_TYPE.schema


def test_the_coder_is_registered_for_batches() -> None:
    assert isinstance(beam.coders.registry.get_coder(pa.RecordBatch), RecordBatchCoder)
    assert not CODER.is_deterministic(), "so nothing may group by a batch"


@pytest.fixture
def graphs(monkeypatch: pytest.MonkeyPatch) -> list[Graph]:
    """Catch the graphs that would be run."""
    caught: list[Graph] = []

    def catch(lake: Path, graph: Graph, runner: Runner) -> list[Any]:
        caught.append(graph)
        return []

    monkeypatch.setattr(hops, "run", catch)
    return caught


def test_every_batch_that_is_shuffled_is_written_by_our_coder(
    graphs: list[Graph], tmp_path: Path
) -> None:
    decode_hop(tmp_path, [("a.parquet",)], decoded_tables(), {}, SOURCES)
    pipeline = beam.Pipeline()
    graphs[0](pipeline)
    proto, context = pipeline.to_runner_api(return_context=True)
    shuffled = {
        transform.unique_name: context.coders.get_by_id(
            proto.components.pcollections[next(iter(transform.inputs.values()))].coder_id
        )
        for transform in proto.components.transforms.values()
        if transform.spec.urn == beam.portability.common_urns.primitives.GROUP_BY_KEY.urn
    }
    batches = {name: coder for name, coder in shuffled.items() if "Meet by partition" in name}
    assert len(batches) == 1
    for coder in batches.values():
        assert isinstance(coder, TupleCoder)
        assert [type(part).__name__ for part in coder.coders()] == [
            "StrUtf8Coder",
            "RecordBatchCoder",
        ]
    others = [coder for name, coder in shuffled.items() if name not in batches]
    assert others, "file names are spread over workers, too"
    assert not any(isinstance(part, RecordBatchCoder) for c in others for part in parts(c))


def parts(coder: Coder) -> Iterable[Coder]:
    yield coder
    if isinstance(coder, TupleCoder):
        for part in coder.coders():
            yield from parts(part)


@pytest.mark.parametrize("path", tables())
def test_every_table_has_a_schema(path: str) -> None:
    names = [column.name for column in tables()[path].columns]
    assert arrow_schema(tables()[path].columns).names == names
