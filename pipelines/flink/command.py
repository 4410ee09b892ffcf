"""``upshot flink``: a Flink of one's own, to try it."""

import signal
import time
from pathlib import Path
from typing import Annotated

import typer

from pipelines.options import HOME
from pipelines.runners import REST_PORT
from schemas.errors import UpshotError

LOOK_S = 0.5


def flink(
    home: Annotated[Path, typer.Option("--home", help="Where it keeps its logs.")] = HOME / "flink",
    port: Annotated[
        int, typer.Option("--port", help="Where its job server listens, on this machine.")
    ] = 8099,
    rest_port: Annotated[
        int, typer.Option("--rest-port", help="Where Flink tells of its jobs.")
    ] = REST_PORT,
    task_managers: Annotated[
        int, typer.Option("--task-managers", min=1, help="How many TaskManagers.")
    ] = 1,
    slots: Annotated[int, typer.Option("--slots", min=1, help="Slots of each TaskManager.")] = 4,
) -> None:
    """Run a real Flink here until Ctrl-C; needs Java, and Maven the first time."""
    from pipelines.flink.cluster import Cluster

    cluster = Cluster(home.absolute(), port, rest_port, task_managers, slots)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        cluster.start()
        typer.echo(f"--runner {cluster.address} is ready; Ctrl-C stops it")
        typer.echo(f"Flink tells of its jobs at http://{cluster.rest}/jobs/overview")
        while not (server := cluster.ended()):
            time.sleep(LOOK_S)
    except KeyboardInterrupt:
        return
    finally:
        cluster.stop()
    raise UpshotError(f"Flink's {server.name} ended: {server.last_word()}", f"look at {server.log}")
