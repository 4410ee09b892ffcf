"""The steps of a pass, inputs before what reads them: events, facts, facts of facts, metrics."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from graphlib import TopologicalSorter

import pipelines.facts
from connectors.source import Source
from pipelines.decode import mapping_fingerprint
from pipelines.engine import Connection, connect, show
from pipelines.freshness import FRESHNESS, VIEW
from pipelines.reach import Everything
from pipelines.step import FACTS, Step
from pipelines.table import ARRIVALS, Table, decoded_tables
from schemas.columns import SQL_TYPES, Column
from schemas.errors import Fatal
from schemas.partition import PART, Whole
from sql.metric import Metric, metrics

Level = tuple[Step, ...]

_COVERED = "events.source_covered"
"""What freshness is made from."""

_EVENTS, _METRICS = "events/", "metrics/"

_INTEGERS = {"TINYINT", "SMALLINT", "INTEGER", "HUGEINT"}
"""What a literal is, and a sum: kept as BIGINT, and an error where that cannot hold it."""


@cache
def levels() -> tuple[Level, ...]:
    """Return all steps in levels: each level reads only what the levels before it made."""
    declared = {**facts(), **{step.table.path: step for step in _metric_steps()}}
    order = TopologicalSorter({path: set(step.reads) for path, step in declared.items()})
    order.prepare()
    found: list[Level] = []
    while order.is_active():
        ready = sorted(order.get_ready())
        order.done(*ready)
        found.append(tuple(declared[path] for path in ready if path in declared))
    return tuple(level for level in found if level)


def facts() -> dict[str, Step]:
    """Return every fact by path; a file under ``facts`` is a fact."""
    for module in pkgutil.iter_modules(pipelines.facts.__path__):
        importlib.import_module(f"pipelines.facts.{module.name}")
    return FACTS


def tables() -> dict[str, Table]:
    """Return every derived table by path."""
    return {
        **decoded_tables(),
        **{step.table.path: step.table for level in levels() for step in level},
    }


def rests_on() -> dict[str, frozenset[str]]:
    """Return the event types that each metric is made from, near and far, by its name."""
    beneath: dict[str, frozenset[str]] = {}
    for step in (step for level in levels() for step in level):
        reads = (beneath.get(path, frozenset({path})) for path in step.reads)
        beneath[step.table.path] = frozenset[str]().union(*reads)
    return {
        path.removeprefix(_METRICS): frozenset(
            name.removeprefix(_EVENTS) for name in below if name.startswith(_EVENTS)
        )
        for path, below in beneath.items()
        if path.startswith(_METRICS)
    }


def fingerprints(sources: Mapping[str, Source]) -> dict[str, str]:
    """Return the fingerprint of the code that makes each derived table, by path."""
    decoded = {path: mapping_fingerprint(t, sources) for path, t in decoded_tables().items()}
    return decoded | {step.table.path: step.fingerprint for level in levels() for step in level}


def _metric_steps() -> list[Step]:
    sources = {
        table.view: table
        for table in (*decoded_tables().values(), *(step.table for step in facts().values()))
        # When something was received decides no number.
        if table != ARRIVALS
    }
    with connect() as db:
        return [metric_step(metric, sources, db) for metric in metrics().values()]


def metric_step(metric: Metric, sources: Mapping[str, Table], db: Connection) -> Step:
    """Return a metric as a step; its columns are what its query gives from empty tables.

    Raises Fatal, naming the file, where it reads what is no table.
    """
    reads = [_table(metric, view, sources) for view in metric.reads]
    for table in reads:
        show(db, table, [])
    covered = FRESHNESS.format(covered=f"FROM {_COVERED}")
    sql = metric.published.replace(VIEW, f"({covered})")
    described = db.execute(f"DESCRIBE ({sql})").fetchall()
    docs = metric.docs
    columns = tuple(
        Column(name, _kept_as(metric, name, sql_type), name in metric.grain, docs.get(name, ""))
        for name, sql_type, *_ in described
    )
    table = Table(f"metrics/{metric.name}", columns, metric.grain, Whole(), (), metric.doc)
    return Step(table, sql, {table.path: Everything() for table in reads})


def _table(metric: Metric, view: str, sources: Mapping[str, Table]) -> Table:
    """Return the table that a metric knows by this name. Raises Fatal where there is none."""
    known = sources.get(_COVERED if view == VIEW else view)
    if known is None:
        raise Fatal(
            f"sql/metrics/{metric.name}.sql: it reads {view}, which is no table of the lake",
            f"use one of: {', '.join([*sorted(sources), VIEW])}",
        )
    return known


def _kept_as(metric: Metric, name: str, sql_type: str) -> str:
    """Return the type under which the lake keeps a column. Raises Fatal where it cannot."""
    kept = "BIGINT" if sql_type in _INTEGERS else sql_type
    if name == PART:
        problem = f"a column is called {PART}, as every table's partitions are"
    elif kept not in SQL_TYPES.values():
        problem = f"column {name} is {sql_type}, which the lake does not keep"
    else:
        return kept
    raise Fatal(
        f"sql/metrics/{metric.name}.sql: {problem}",
        f"give it another name, or a type of {', '.join(sorted({*SQL_TYPES.values()}))}",
    )
