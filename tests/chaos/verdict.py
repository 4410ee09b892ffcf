"""The checkers: what must hold when all is over, whoever died and when."""

from collections.abc import Iterator
from pathlib import Path

import duckdb

from tests.chaos.clients import Clients, numbers_of
from tests.chaos.stage import Actor, Stage
from tests.crash import answers

Complaint = tuple[str, str]
"""Which checker, and what."""


def verdict(stage: Stage, lake: Path, clients: Clients) -> Iterator[Complaint]:
    """Yield all that is wrong with a lake into which everything has landed."""
    yield from (("ends", what) for what in stage.wrong)
    with duckdb.connect(":memory:", config={"autoinstall_known_extensions": False}) as db:
        db.execute(f"ATTACH '{lake}/catalog.duckdb' AS shown (READ_ONLY)")
        db.execute("USE shown")
        rows = db.execute("SELECT epoch_us(time), id FROM events.activity_observed").fetchall()
        rejected = db.execute("SELECT count(*) FROM lake.rejected").fetchall()
    times = {micros // 1_000_000 for micros, _ in rows}
    found, unknown = numbers_of(times, max(clients.sent, default=0) + 1)
    lost = clients.acknowledged - found
    if lost:
        yield "no loss", f"{len(lost)} acknowledged heartbeats are nowhere, {min(lost)} for one"
    invented = len(unknown) + len(found - clients.sent)
    if invented:
        yield "no invention", f"{invented} heartbeats were sent by nobody"
    if rejected != [(0,)]:
        yield "no invention", f"{rejected[0][0]} items were rejected"
    copies = len(rows) - len({identity for _, identity in rows})
    if copies:
        yield "once", f"{copies} rows of events have an id that another has"
    audit = stage.run(Actor("check", ("check",), ()))
    if audit.code:
        failed = [line for line in audit.out.splitlines() if line.startswith("FAIL")]
        yield "audit", "; ".join([*failed, audit.err[-500:]])
    anew = stage.folder / "anew"
    done = stage.run(Actor("stream", ("stream", "--once", "--lake", str(anew)), ()))
    if done.code:
        yield "from nothing", done.err[-500:]
        return
    was, now = answers.read(lake), answers.read(anew)
    assert was
    assert now
    for what in [*answers.faults(was), *answers.differences(was, now)]:
        yield "from nothing", what
