"""Home: where a collector spools, and how far whoever empties that is behind.

A ``file:`` log is the spool itself. For a log in Kafka the spool is a folder of its own, which a
forwarder empties, in a process beside the collector's: what the broker does then never reaches a
client, and a forwarder that has to be started again never drops a connection.
"""

import os
from pathlib import Path
from typing import NamedTuple

import msgspec

from connectors.collect.run import Probe
from connectors.file_log import FileLog
from connectors.log import SPOOL, open_log


class _Progress(msgspec.Struct):
    """What a forwarder says of one spool."""

    position: int = 0


class Home(NamedTuple):
    """Where a collector keeps what it takes."""

    spools: FileLog
    probe: Probe
    forwarded: bool
    """Whether somebody has to bring it from there to the log."""


def home(log: str) -> Home:
    """Return where to spool for a log, and the probe for it. Raises Usage for a name of no log."""
    opened = open_log(log)
    if isinstance(opened, FileLog):
        return Home(opened, Probe(), forwarded=False)
    spools = FileLog(Path(os.environ.get(SPOOL, ".upshot/spool")))
    return Home(spools, Probe(behind=lambda: behind(spools)), forwarded=True)


def behind(spools: FileLog) -> int:
    """Return how many deliveries are spooled and not yet acknowledged by the broker."""
    progress = spools.folder.with_name(f"{spools.folder.name}.forwarded")
    waiting = 0
    for spool in spools.partitions():
        first, end = spools.offsets(spool)
        try:
            said = msgspec.json.decode((progress / spool).read_bytes(), type=_Progress)
        except (FileNotFoundError, msgspec.DecodeError):
            said = _Progress()
        waiting += end - max(first, said.position)
    return waiting
