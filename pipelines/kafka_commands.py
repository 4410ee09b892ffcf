"""The commands of Kafka: a broker of one's own, the topics, the forwarder; and who we are to it."""

import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from typing import Annotated, Any

import typer

from pipelines.options import HOME, Json
from schemas.errors import Unsent, UpshotError, Usage

SPOOL = f"file:{HOME / 'spool'}"
Spool = Annotated[
    str, typer.Option("--spool", help="The spool, as file:DIR; default: UPSHOT_SPOOL.")
]
Kafka = Annotated[
    str, typer.Option("--log", envvar="UPSHOT_LOG", help="The log, as kafka://HOST:PORT.")
]


def access(
    kafka_user: Annotated[str, typer.Option("--kafka-user", help="Log in as.")] = "",
    kafka_password_file: Annotated[
        str, typer.Option("--kafka-password-file", help="A file with the password.")
    ] = "",
    kafka_mechanism: Annotated[
        str, typer.Option("--kafka-mechanism", help="SCRAM-SHA-512 (default) or SCRAM-SHA-256.")
    ] = "",
    kafka_ca: Annotated[
        str, typer.Option("--kafka-ca", help="The authority to trust, as PEM; or: system.")
    ] = "",
    kafka_cert: Annotated[str, typer.Option("--kafka-cert", help="Our certificate, as PEM.")] = "",
    kafka_key: Annotated[str, typer.Option("--kafka-key", help="Its key, as PEM.")] = "",
) -> None:
    """Hand on how to log in to Kafka, through the environment: to every command and its workers."""
    for name, value in locals().copy().items():
        if value:
            os.environ[f"UPSHOT_{name.upper()}"] = value


def broker(
    home: Annotated[Path, typer.Option("--home", help="Where it keeps its data.")] = HOME / "kafka",
    port: Annotated[int, typer.Option("--port", help="Where it listens, on this machine.")] = 9092,
) -> None:
    """Run a real Apache Kafka here until Ctrl-C; needs Java, and Maven the first time."""
    from connectors.broker.node import Node

    node = Node(home.absolute(), port)
    node.start()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    typer.echo(f"kafka://{node.address} is ready; Ctrl-C stops it")
    try:
        ended = node.wait()
    except KeyboardInterrupt:
        node.stop()
        return
    raise UpshotError(f"the broker ended with {ended}", f"look at {home / 'broker.log'}")


def topics(log: Kafka = "kafka://127.0.0.1:9092", as_json: Json = False) -> None:
    """Make the log's topics where they are not there, and check those that are. A rerun is safe."""
    import json
    from contextlib import closing

    from connectors.kafka_access import Access
    from connectors.kafka_client import admin
    from connectors.topics import create, find

    way = Access.read(log, os.environ)
    made = create(way)
    with closing(admin(way)) as client:
        topics = {way.topic(name): found for name, found in find(client, way).items()}
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "made": made,
                    "topics": {name: found.partitions for name, found in topics.items()},
                    "replicas": {name: found.replicas for name, found in topics.items()},
                }
            )
        )
        return
    for name, found in topics.items():
        state = "made" if name in made else "there"
        kept = f"kept by {found.replicas} broker{'s' if found.replicas > 1 else ''}"
        typer.echo(f"{state:5} {name} with {found.partitions} partitions, {kept}")


def forward(
    spool: Spool = "",
    log: Kafka = "kafka://127.0.0.1:9092",
    once: Annotated[bool, typer.Option("--once", help="Stop when all is forwarded.")] = False,
    every: Annotated[float, typer.Option("--every", help="Seconds between looks.")] = 1.0,
    keep: Annotated[bool, typer.Option("--keep", help="Never trim the spool.")] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Begin by sending all that the spool keeps once more.")
    ] = False,
    until_eof: Annotated[
        bool, typer.Option("--until-eof", help="Finish when standard input ends, within 5 s.")
    ] = False,
) -> None:
    """Send what is spooled to Kafka, at least once, and trim the spool behind it.

    `upshot collect` runs one by itself. Exit 4 means that the broker refused a record: start it
    again, nothing is lost.
    """
    from connectors.file_log import FileLog
    from connectors.forward import forwarder
    from connectors.kafka_access import Access
    from connectors.log import SPOOL as SPOOL_NAME

    home, _, folder = (spool or f"file:{os.environ.get(SPOOL_NAME, HOME / 'spool')}").partition(":")
    if home != "file" or not folder:
        raise Usage("--spool does not name a spool", "use --spool file:DIR")
    spools = FileLog(Path(folder))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    asked = _asked_to_finish() if until_eof else Event()
    try:
        way = Access.read(log, os.environ)
        with forwarder(spools, way, _tell, trim=not keep, again=again) as sender:
            while True:
                last = once or asked.is_set()
                # Before the first delivery there is no spool yet.
                sent = sender.forward() if once or spools.folder.exists() else 0
                if sent:
                    typer.echo(f"forwarded {sent} deliveries")
                if last:
                    return
                asked.wait(every)
    except KeyboardInterrupt:
        leave(0)
    except Unsent as problem:
        _tell(str(problem))
        leave(problem.exit_code)


def _asked_to_finish() -> Event:
    """Return what is set when standard input ends; soon after that this process has ended."""
    from connectors.collect.beside import FINISH_S

    asked = Event()

    def watch() -> None:
        while sys.stdin.buffer.read(1):
            pass
        asked.set()
        time.sleep(FINISH_S)
        _tell("the broker has not taken all yet; what is spooled is sent after the next start")
        leave(Unsent.exit_code)

    Thread(target=watch, name="standard input", daemon=True).start()
    return asked


def forwarding(log: str, spools: Path) -> list[str]:
    """Return the command that forwards a spool for as long as its standard input lasts."""
    call = "from pipelines.cli import main; main()"
    # -P: where a collector is started may hold a folder called as one of our packages.
    python = [sys.executable, "-P", "-c", call]
    return [*python, "forward", "--log", log, "--spool", f"file:{spools}", "--until-eof"]


def leave(code: int) -> Any:
    """End this process at once: closing a producer with records on their way may never return."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    os._exit(code)


def _tell(what: str) -> None:
    typer.echo(f"upshot: {what}", err=True)
