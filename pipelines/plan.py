"""The steps of a pass, inputs before what reads them: every fact, then every metric."""

import importlib
import pkgutil
from functools import cache
from graphlib import TopologicalSorter

import pipelines.facts
from pipelines.engine import connect, show
from pipelines.reach import Everything
from pipelines.step import FACTS, Step
from pipelines.table import Table, decoded_tables
from schemas.columns import Column
from schemas.partition import Whole
from sql.metric import Metric, metrics


@cache
def steps() -> tuple[Step, ...]:
    """Return all steps in an order in which each comes behind what it reads."""
    declared = {**facts(), **{step.table.path: step for step in _metric_steps()}}
    order = TopologicalSorter({path: set(step.reads) for path, step in sorted(declared.items())})
    return tuple(declared[path] for path in order.static_order() if path in declared)


def facts() -> dict[str, Step]:
    """Return every fact by path; a file under ``facts`` is a fact."""
    for module in pkgutil.iter_modules(pipelines.facts.__path__):
        importlib.import_module(f"pipelines.facts.{module.name}")
    return FACTS


def tables() -> dict[str, Table]:
    """Return every derived table by path."""
    return {**decoded_tables(), **{step.table.path: step.table for step in steps()}}


def _metric_steps() -> list[Step]:
    sources = {
        table.view: table
        for table in (*decoded_tables().values(), *(step.table for step in facts().values()))
    }
    return [_metric_step(metric, sources) for metric in metrics().values()]


def _metric_step(metric: Metric, sources: dict[str, Table]) -> Step:
    """Return a metric as a step; its columns are what its query gives from empty tables."""
    db = connect()
    reads = [sources[view] for view in metric.reads]
    for table in reads:
        show(db, table, [])
    described = db.execute(f"DESCRIBE ({metric.published})").fetchall()
    columns = tuple(
        Column(name, sql_type, required=name in metric.grain) for name, sql_type, *_ in described
    )
    table = Table(
        f"metrics/{metric.name}", columns, metric.grain, Whole(), (), metric.question
    )
    return Step(table, metric.published, {table.path: Everything() for table in reads})
