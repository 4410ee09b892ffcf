"""An invented organisation goes through its weeks, and a real collector hears of it."""

from collections.abc import Callable
from pathlib import Path

from connectors import all_sources
from connectors.file_log import FileLog
from connectors.keys import read_key
from connectors.pull import pull
from connectors.simulator.repository import write_clones
from connectors.simulator.roster import write_roster
from connectors.simulator.send import send
from connectors.simulator.simulate import History, Organisation, simulate
from connectors.simulator.truth import write_truth
from connectors.simulator.wire import days
from pipelines.demo.collect import collecting
from pipelines.derive import Tell

TOOL = "claude_code"


def live(
    home: Path,
    log: Path,
    key: Path,
    asked: Organisation,
    tell: Tell,
    random_bytes: Callable[[int], bytes],
) -> History:
    """Let an organisation live, and return its history; what it told is then in ``log``.

    ``home`` gets four folders: ``roster``, ``clones``, ``truth``, and ``edge`` for what the
    collector needs. Of two partitions of the log one is the collector's.
    """
    tell("live twelve weeks", 0, 0)
    history = simulate(asked)
    write_truth(home / "truth", history.truth)
    given = {team: (TOOL, started) for team, started in asked.rollouts.items()}
    write_roster(home / "roster", asked.first, given)
    write_clones(home / "clones", history.commits, asked.ends_ms)
    with FileLog(log).writer() as appender:
        sources, tenant = all_sources(), read_key(key)
        begins_us, ends_us = asked.begins_ms * 1000, asked.ends_ms * 1000
        pull(sources["roster"], home / "roster", appender.append, tenant, lambda: begins_us)
        for name in history.commits:
            clone = home / "clones" / name
            pull(sources["git"], clone, appender.append, tenant, lambda: ends_us)
        appender.sync()
    logins = [engineer.login for engineer in asked.staff]
    begins = asked.begins_ms
    with collecting(home / "edge", log, key, logins, begins, random_bytes) as collector:
        told = days(history.signals, asked.staff, asked.noise, asked.seed, asked.ends_ms)
        url, proofs, set_clock = collector
        send(url, told, proofs, begin=set_clock, tell=tell, of=7 * asked.weeks)
        # Nobody works on the last Sunday; the collector listens until its end.
        set_clock(asked.ends_ms)
    return history
