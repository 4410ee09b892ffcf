"""Chaos, and whether it held: ``make chaos``, or

    python -m tests.chaos [--minutes 5] [--kills 250] [--reads 40000] [--kafka] [--seed 1]
    python -m tests.chaos --mutants

Two collectors take heartbeats; two rival streams, two backfills of the same days, a compactor and
(with ``--kafka``, through a real broker) the collectors' forwarders run beside a reader. With
``--mutants`` each checker is set upon the broken code that it is there for, and must catch it.
Ends with 1 where a checker found something, or a mutant went by unseen.
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from connectors.broker.node import Node, free_ports
from connectors.kafka_access import Access
from connectors.topics import create
from tests.chaos.clients import Clients
from tests.chaos.mutants import MUTANTS, Mutant
from tests.chaos.stage import DERIVE, LAND, Actor, Stage
from tests.chaos.verdict import verdict
from tests.chaos.watch import Watch
from tests.crash.reader import complaints

COLLECTORS, THREADS = 2, 4
SHOWN = 5
"""Findings that are printed whole."""


class Asked(NamedTuple):
    """How much of it."""

    minutes: float
    kills: int
    reads: int
    kafka: bool
    pause_s: float
    """Between two kills from outside, on average."""


def chaos(folder: Path, asked: Asked, chance: random.Random, mutant: Mutant | None) -> set[str]:
    """Play it in a folder, print what happened, and return the checkers that complained."""
    begun = time.monotonic()
    with ExitStack() as until:
        log = f"file:{folder / 'log'}"
        if asked.kafka:
            node = Node(folder / "broker", free_ports(1)[0])
            node.start()
            until.callback(node.stop)
            log = f"kafka://{node.address}/chaos"
            create(Access.read(log, {}))
        stage = Stage(folder, _places(folder, log), chance)
        token = _furnished(stage)
        ports = free_ports(COLLECTORS)
        urls = [f"http://127.0.0.1:{port}" for port in ports]
        actors = list(_broken(_actors(folder, ports, asked), mutant))
        clients = Clients(urls, token, THREADS, chance)
        stop = folder / "stop"
        reader = stage.watch(Watch(folder / "lake", stop))
        for actor in actors[:COLLECTORS]:
            stage.start(actor, calm=True)
        clients.start()
        while not clients.acknowledged:
            time.sleep(0.1)
        _settle(stage, actors, asked, None)
        stage.play(actors, 60 * asked.minutes, asked.kills, asked.pause_s)
        clients.stop()
        stage.stop(actors)
        _settle(stage, actors, asked, mutant)
        while reader.code is None and _looks(reader.said()) < asked.reads and mutant is None:
            time.sleep(0.5)
        stop.touch()
        done = reader.wait()
        looks, wrong = _looks(done.out), complaints(done.out)
        wrong += [f"the reader ended with {done.code}: {done.err[-400:]}"] if done.code else []
        found = [*verdict(stage, folder / "lake", clients), *(("reader", what) for what in wrong)]
    _tell(stage, clients, looks, time.monotonic() - begun)
    for checker, what in found[:SHOWN]:
        print(f"  WRONG {checker}: {what}")
    if found[SHOWN:]:
        print(f"  and {len(found[SHOWN:])} more")
    return {checker for checker, _ in found}


def _places(folder: Path, log: str) -> Mapping[str, str]:
    return {
        "UPSHOT_LOG": log,
        "UPSHOT_LAKE": str(folder / "lake"),
        "UPSHOT_KEY": str(folder / "key"),
        "UPSHOT_SECRETS": str(folder / "secrets.toml"),
    }


def _furnished(stage: Stage) -> str:
    for argv in (("init",), ("token", "wakatime", "--account", "mossbank-ben")):
        done = stage.run(Actor(argv[0], argv, ()))
        assert done.code == 0, done.err
    return done.out.strip()


def _actors(folder: Path, ports: list[int], asked: Asked) -> Iterator[Actor]:
    for port in ports:
        forwards = ("forward-send", "forward-ack", "forward-progress") if asked.kafka else ()
        yield Actor(
            "collect",
            ("collect", "--listen", f"127.0.0.1:{port}", "--free-mib=0"),
            ("append", "fsync", "collect-answer", *forwards),
            {"UPSHOT_SPOOL": str(folder / f"spool-{port}")},
        )
    for _ in range(2):
        yield Actor("stream", ("stream", "--every=0.5"), (*LAND, *DERIVE))
        days = ("--from=2025-12-28", "--to=2026-02-28")
        yield Actor("backfill", ("backfill", *days), (*LAND, *DERIVE))
    yield Actor("compact", ("compact",), ("compact-write", "compact-commit"))


def _broken(actors: Iterator[Actor], mutant: Mutant | None) -> Iterator[Actor]:
    for actor in actors:
        breaks = mutant is not None and actor.name in mutant.actors
        yield replace(actor, prepare=mutant.prepare) if mutant and breaks else actor


def _settle(stage: Stage, actors: list[Actor], asked: Asked, mutant: Mutant | None) -> None:
    """Let what was taken land, in peace."""
    spools = [actor.env["UPSHOT_SPOOL"] for actor in actors if actor.name == "collect"]
    commands = [("forward", "--once", f"--spool=file:{spool}") for spool in spools]
    for argv in [*(commands if asked.kafka else ()), ("stream", "--once")]:
        [actor] = _broken(iter([Actor(argv[0], argv, ())]), mutant)
        done = stage.run(actor)
        if done.code:
            stage.wrong.append(f"{' '.join(argv)} ended with {done.code}: {done.err[-400:]}")


def _looks(said: str) -> int:
    return said.count("\n")


def _tell(stage: Stage, clients: Clients, looks: int, took_s: float) -> None:
    died = ", ".join(f"{name} {n}" for name, n in sorted(stage.deaths.items()))
    ended = ", ".join(f"{what}: {n}" for what, n in sorted(stage.ends.items()))
    print(f"{stage.deaths.total()} SIGKILLs ({died}) in {took_s:.0f} s; {ended}")
    print(
        f"{len(clients.sent):,} heartbeats sent, {len(clients.acknowledged):,} acknowledged, "
        f"{clients.again:,} pushed again; {looks:,} looks of a reader"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos")
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--kills", type=int, default=250)
    parser.add_argument("--reads", type=int, default=40_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kafka", action="store_true", help="through a real broker; needs java")
    parser.add_argument("--mutants", action="store_true", help="break the code, and be caught")
    given = parser.parse_args()
    asked = Asked(given.minutes, given.kills, given.reads, given.kafka, pause_s=0.7)
    unseen = False
    for name, mutant in MUTANTS.items() if given.mutants else [("as it is", None)]:
        folder = Path(tempfile.mkdtemp(prefix="upshot-chaos-"))
        print(f"\n{name}:", flush=True)
        try:
            found = chaos(folder, asked, random.Random(given.seed), mutant)
        finally:
            shutil.rmtree(folder)
        expected = {mutant.checker} if mutant else set()
        ok = expected <= found if mutant else not found
        print(f"{'caught' if mutant and ok else 'held' if ok else 'NOT SO'}: {sorted(found)}")
        unseen |= not ok
    sys.exit(unseen)


if __name__ == "__main__":
    main()
