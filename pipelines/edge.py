"""The commands of the edge: take what sources push, and say who may push."""

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from pipelines.answer import answer
from pipelines.kafka_commands import forwarding
from pipelines.options import KEY, LOG, SECRETS, Json, Key, Log, Secrets
from schemas.errors import Usage

Tenant = Annotated[str, typer.Option("--tenant", help="Whose key and log these are.")]


def collect(
    listen: Annotated[
        str, typer.Option("--listen", help="Where to listen, as HOST:PORT.")
    ] = "127.0.0.1:4318",
    secrets: Secrets = SECRETS,
    log: Log = LOG,
    key: Key = KEY,
    tls_cert: Annotated[
        Path | None, typer.Option("--tls-cert", help="The certificate, as PEM.")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option("--tls-key", help="Its key, as PEM.")] = None,
    insecure_listen: Annotated[
        bool,
        typer.Option("--insecure-listen", help="Plain HTTP for others: a proxy ends TLS."),
    ] = False,
    connections: Annotated[
        int, typer.Option("--connections", min=1, help="How many clients at once.")
    ] = 1000,
    free_mib: Annotated[
        int, typer.Option("--free-mib", min=0, help="Disk space that is always left over.")
    ] = 64,
    cover_every: Annotated[
        float, typer.Option("--cover-every", help="Seconds between words of what is covered.")
    ] = 300.0,
    tenant: Tenant = "default",
    no_forward: Annotated[
        bool, typer.Option("--no-forward", help="Leave the spool to `upshot forward`.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Take what sources push, keep it, and only then answer. Ends at SIGTERM, having lost nothing.

    With a log in Kafka it spools, and forwards the spool. SIGHUP takes up a changed secrets file.
    """
    from connectors import all_sources
    from connectors.collect.home import home
    from connectors.collect.limits import MIB, Limits
    from connectors.collect.run import Setup
    from connectors.collect.run import collect as run_collector
    from connectors.collect.server import Listen, tell_on
    from connectors.keys import read_key

    where = Listen.parse(listen, cert=tls_cert, key=tls_key, insecure=insecure_listen)
    where.check()
    place = home(log)
    forward = forwarding(log, place.spools.folder) if place.forwarded and not no_forward else ()
    setup = Setup(
        log=place.spools,
        listen=where,
        secrets=secrets,
        key=read_key(key),
        sources=all_sources(),
        tenant=tenant,
        limits=Limits(connections=connections, free_bytes=free_mib * MIB),
        probe=place.probe,
        forward=forward,
        cover_every_s=cover_every,
    )
    tell_on(sys.stderr, as_json=as_json)

    def listening(url: str) -> None:
        answer(as_json, {"listening": url}, [f"listening {url}"])

    run_collector(setup, lambda: time.time_ns() // 1000, listening)


def token(
    source: Annotated[str, typer.Argument(help="Who may push with it; an unknown name lists all.")],
    secrets: Secrets = SECRETS,
    account: Annotated[
        str, typer.Option("--account", help="Whose it is, where deliveries do not say.")
    ] = "",
    tenant: Tenant = "default",
) -> None:
    """Make a token (or a signing secret) for a source, print it once, and keep only its hash."""
    from connectors import all_sources
    from connectors.collect.secrets_file import add_token, new_token

    known = all_sources()
    if source not in known or not known[source].push:
        pushing = ", ".join(sorted(name for name, one in known.items() if one.push))
        raise Usage(f"no source called {source} pushes", f"use one of: {pushing}")
    made = new_token(known[source])
    name = add_token(secrets, known[source], known, made, account=account, tenant=tenant)
    typer.echo(f"{name} in {secrets}; this is shown once:", err=True)
    typer.echo(made)
