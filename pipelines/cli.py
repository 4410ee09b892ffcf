"""The command line: every command, its options, and how it ends.

Exit 0 done, 1 failed, 2 called wrongly, 3 lost a race (run it again), 4 the broker refused (run it
again). What is heavy is imported
inside the command that needs it, so ``upshot --help`` is quick.
"""

import logging
import os
import sys
import time
import tomllib
from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines import edge, kafka_commands, passes, upkeep
from pipelines.answer import answer, asked, bar, err
from pipelines.flink import command as flink_command
from pipelines.options import HOME, KEY, LAKE, LOG, Json, Key, Lake, Log
from schemas.errors import Unsent, UpshotError, Usage

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="What your AI tools changed: what was shipped, what it cost, who spent time fixing it.",
)
PULL_SYNC = 10_000
"""Deliveries that one fsync of a pull makes durable, and that it holds in memory meanwhile."""


@app.command()
def init(key: Key = KEY, as_json: Json = False) -> None:
    """Make the tenant's key: without it nobody can turn a pseudonym back. Keeps one that exists."""
    import secrets

    from connectors.keys import KEY_BYTES, make_key, read_key

    made = not key.exists()
    if made:
        make_key(key, secrets.token_bytes(KEY_BYTES))
        line = f"made a key at {key} (mode 600): back it up, and let nobody read it"
    else:
        read_key(key)
        line = f"kept the key at {key}"
    answer(as_json, {"key": str(key), "made": made}, [line])


@app.command()
def pull(
    source: Annotated[str, typer.Argument(help="Who speaks; an unknown name lists all.")],
    path: Annotated[str, typer.Argument(help="A file or folder of that source.")],
    log: Log = LOG,
    key: Key = KEY,
    as_json: Json = False,
) -> None:
    """Read a source's files into the log, stripped to its allow-list."""
    from connectors import all_sources
    from connectors.keys import read_key
    from connectors.log import open_log
    from connectors.pull import pull as pull_source

    known = all_sources()
    if source not in known:
        raise Usage(
            f"there is no source called {source}", f"use one of: {', '.join(sorted(known))}"
        )
    if not Path(path).exists():
        raise Usage(f"source {source}: there is nothing at {path}", "give a file or a folder")
    secret = read_key(key)
    with bar(f"pull {source}") as tell, open_log(log).writer() as appender:
        if appender.repaired:
            err.print(f"upshot: {appender.repaired}", style=None, markup=False, soft_wrap=True)
        done = 0

        def append(delivery: Any) -> None:
            nonlocal done
            appender.append(delivery)
            done += 1
            if done % PULL_SYNC == 0:
                appender.sync()
                tell(f"pull {source}", done, 0)

        pulled = pull_source(known[source], Path(path), append, secret, _now_us)
    counts = dict(sorted(pulled.counts.items()))
    lines = [f"{number:>9} {kind}" for kind, number in counts.items()]
    answer(as_json, {"source": source, "deliveries": counts, "covered": pulled.covered}, lines)


app.callback()(kafka_commands.access)
app.command()(kafka_commands.broker)
app.command()(flink_command.flink)
app.command()(kafka_commands.topics)
app.command()(kafka_commands.forward)
app.command()(edge.collect)
app.command()(edge.token)


app.command()(passes.stream)
app.command()(passes.derive)
app.command()(passes.backfill)


@app.command()
def sql(
    query: Annotated[str | None, typer.Argument(help="SQL; without it, standard input.")] = None,
    lake: Lake = LAKE,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    as_json: Json = False,
) -> None:
    """Ask the catalogue; without a query it lists what there is to ask."""
    from pipelines.catalog import open_catalog
    from pipelines.show import print_rows

    if query is None and not sys.stdin.isatty():
        query = sys.stdin.read().strip()
    next_step = "run `upshot sql` without a query to see tables and columns"
    with open_catalog(lake) as db, asked("the query failed", next_step):
        print_rows(db.execute(query or LIST), "csv" if csv else "json" if as_json else "table")


LIST = """
SELECT schema_name || '.' || view_name AS "table", comment AS "what it holds"
FROM duckdb_views() WHERE NOT internal AND schema_name <> 'main' ORDER BY ALL
"""


@app.command()
def metrics(
    name: Annotated[str | None, typer.Argument(help="One metric; without it, all of them.")] = None,
    lake: Lake = LAKE,
    as_json: Json = False,
) -> None:
    """Print a metric with its question, what it rests on and its pair; or list them."""
    from sql.metric import metrics as all_metrics

    known = all_metrics()
    if name is None:
        lines = [
            f"{metric.name:24} {metric.question}{' (provisional)' if metric.provisional else ''}"
            for metric in known.values()
        ]
        answer(as_json, {metric.name: metric.question for metric in known.values()}, lines)
        return
    if name not in known:
        raise Usage(f"there is no metric called {name}", f"use one of: {', '.join(known)}")
    from pipelines.catalog import open_catalog
    from pipelines.show import print_metric

    with open_catalog(lake) as db, asked(f"{name} cannot be read", "run `upshot check`"):
        print_metric(db, known[name], "json" if as_json else "table")


@app.command()
def check(
    lake: Lake = LAKE,
    log: Annotated[str | None, typer.Option("--log", help="A log to read whole as well.")] = None,
    erased: Annotated[
        bool, typer.Option("--erased", help="Look for the erased in every byte.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Audit the lake: every file, every id, both accounts, and who could be recognised."""
    from pipelines.check import check as check_lake
    from pipelines.check import forgotten, readable

    unread = asked("the audit could not read the lake", "run `upshot derive`, then check again")
    with bar("check") as tell, unread:
        findings = check_lake(lake, tell)
        findings += [readable(log, tell)] if log else []
        findings += [forgotten(lake, log, tell)] if erased else []
    failed = [finding for finding in findings if finding.state == "FAIL"]
    lines = [f"{finding.state:4} {finding.name}: {finding.said}" for finding in findings]
    answer(as_json, [vars(finding) for finding in findings], lines)
    if failed:
        raise UpshotError(f"{len(failed)} of {len(findings)} checks failed", failed[0].next_step)


@app.command()
def status(
    lake: Lake = LAKE,
    log: Annotated[str | None, typer.Option("--log", help="A log to compare with as well.")] = None,
    prometheus: Annotated[
        Path | None,
        typer.Option("--prometheus", help="Only write it to this file, as Prometheus reads it."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Tell how far behind each source is, what was rejected and why, and what was heard twice."""
    from connectors import all_sources
    from pipelines import exposition
    from pipelines.status import status as status_of

    found, now = status_of(lake, all_sources(), log), time.time()
    if prometheus:
        exposition.write(prometheus, exposition.exposition(found, now))
        return
    answer(as_json, exposition.values(found, now), exposition.lines(found, now))


app.command()(upkeep.compact)
app.command()(upkeep.vacuum)
app.command()(upkeep.trim)
app.command()(upkeep.erase)
app.command()(upkeep.diff)
app.command()(upkeep.replay)


@app.command()
def demo(
    home: Annotated[Path, typer.Option("--home", help="Where the demo's lake goes.")] = HOME,
    repo: Annotated[
        Path | None, typer.Option("--repo", help="A clone whose history is told too, if not this.")
    ] = None,
    kafka: Annotated[
        bool, typer.Option("--kafka", help="Through a broker of its own; needs Java.")
    ] = False,
) -> None:
    """Let an invented organisation work for twelve weeks, and show what can be told of it."""
    from pipelines.demo.run import demo as run_demo

    with bar("demo") as tell:
        shown = run_demo(home, tell, repo=repo, kafka=kafka)
    typer.echo(f"{shown.text}\n\n{shown.clone}\nAll metrics, byte for byte: {shown.fingerprint}")


def _now_us() -> int:
    return time.time_ns() // 1000


def _configured() -> dict[str, Any]:
    """Return option defaults by command from ``upshot.toml``: ``lake = "..."``, and so on."""
    path = Path(os.environ.get("UPSHOT_CONFIG", "upshot.toml"))
    if not path.exists():
        return {}
    try:
        values = tomllib.loads(path.read_text())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise Usage(f"{path} cannot be read: {problem}", "mend or remove the file") from None
    if unknown := sorted(set(values) - {"log", "lake", "key"}):
        raise Usage(f"{path}: unknown option {unknown[0]}", "use log, lake and key")
    if wrong := sorted(name for name, value in values.items() if not isinstance(value, str)):
        raise Usage(f"{path}: option {wrong[0]} is not a text", 'write it as name = "value"')
    return {
        command.callback.__name__: values for command in app.registered_commands if command.callback
    }


def main() -> None:
    """Run the command line and exit with its code."""
    # Beam tells of every optional package that is absent, and prints what it then raises.
    logging.basicConfig(level=logging.CRITICAL)
    try:
        typer.main.get_command(app)(default_map=_configured())
    except UpshotError as problem:
        err.print(f"upshot: {problem}", style=None, markup=False, soft_wrap=True)
        if isinstance(problem, Unsent):
            kafka_commands.leave(problem.exit_code)
        sys.exit(problem.exit_code)
    except OSError as problem:
        # A full disk, a folder that is a file, a file that may not be read: none is our mistake.
        said = problem.strerror or str(problem).splitlines()[0]
        place = f"{problem.filename}: " if problem.filename else ""
        line = f"upshot: {place}{said}. Nothing half done counts: mend that and run it again."
        err.print(line, style=None, markup=False, soft_wrap=True)
        sys.exit(1)
