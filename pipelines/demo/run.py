"""The demo: an invented organisation's twelve weeks, through the real path, to a headline.

The organisation speaks to a real collector over HTTP; what it told is landed and derived like
anybody's; and what is then estimated is shown beside what really happened, which only the
simulator knows.
"""

import secrets
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from connectors import all_sources
from connectors.file_log import FileLog
from connectors.git_clone import is_clone
from connectors.keys import KEY_BYTES, make_key, read_key
from connectors.pull import pull
from connectors.simulator.archive import write_archive
from connectors.simulator.organisation import changes
from connectors.simulator.people import TEAMS
from connectors.simulator.roster import write_roster
from connectors.simulator.simulate import Organisation
from pipelines import catalog, lake, snapshots
from pipelines.demo.home import Made, alone, clear, take
from pipelines.demo.kafka import broker, forwarded, need_broker
from pipelines.demo.organisation import live
from pipelines.demo.text import clone_text, text
from pipelines.derive import Tell, derive
from pipelines.land import land
from pipelines.plan import tables
from schemas.errors import Fatal, Usage

ARCHIVE_SEED = 7
ARCHIVE_WEEKS = 8
"""Of the archive that lies there for whoever wants to pull one by hand."""

CLONE = "git"


class Shown(NamedTuple):
    """What a demo shows."""

    text: str
    """Equal for equal keys."""
    clone: str
    """What the clone's own history says, or why it says nothing."""
    fingerprint: str
    """Of every published metric, byte for byte; equal for equal keys and clones."""


def demo(
    home: Path,
    tell: Tell,
    asked: Organisation | None = None,
    *,
    repo: Path | None = None,
    kafka: bool = False,
    random_bytes: Callable[[int], bytes] = secrets.token_bytes,
) -> Shown:
    """Run the demo in a folder and return what to print; a rerun begins anew and ends the same.

    Keeps a key that is there. ``repo`` is the clone whose history is told too, else the one that
    this is run in, if it is one. Raises Usage, having cleared nothing, where the folder's log or
    lake holds anything that the demo did not make, where ``repo`` is no clone, and where
    ``kafka`` needs a program that is not there; LostRace while another demo runs in the folder.
    """
    if repo and not is_clone(repo):
        raise Usage(f"{repo} is not a clone", "name the folder of one with --repo")
    if kafka:
        need_broker()
    asked = asked or Organisation()
    with alone(home), ExitStack() as until_landed:
        clear(home)
        key = home / "key"
        if not key.exists():
            make_key(key, random_bytes(KEY_BYTES))
        _lay_out_archive(home / "demo-archive", asked, tell)
        log = home / "demo-log"
        live(home / "demo-organisation", log, key, asked, tell, random_bytes)
        shutil.rmtree(home / "demo-organisation/edge")
        clone = _pull_clone(repo or Path(), log, key, asked, tell)
        [spool] = FileLog(log).partitions()
        take(home, log, Made(spool, FileLog(log).offsets(spool)[1]))
        name = f"file:{home / 'log'}"
        if kafka:
            tell("start a broker", 0, 0)
            name = until_landed.enter_context(broker(home / "demo-kafka"))
            tell("forward", 0, 0)
            forwarded(home / "log", name)
        landed = 0
        tell("land", 0, 0)
        while (part := land(home / "lake", name)).consumed:
            landed += part.deliveries
            tell("land", landed, 0)
        until_landed.close()
        derive(home / "lake", all_sources(), tell=tell)
    with catalog.open_catalog(home / "lake") as db:
        said = text(db, home, asked, landed)
        return Shown(said, clone_text(db, clone), fingerprint(home / "lake"))


def fingerprint(folder: Path) -> str:
    """Return a hash over the names of all files of metrics, which are hashes of their bytes."""
    newest = snapshots.read(folder)
    names = sorted(
        file.path
        for name, table in tables().items()
        if name.startswith("metrics/")
        for file in lake.live(folder, table, newest.version(name))
    )
    return sha256("\n".join(names).encode()).hexdigest()


def _lay_out_archive(folder: Path, asked: Organisation, tell: Tell) -> None:
    """Write an archive and a roster that can be pulled by hand; the demo itself does not."""
    tell("lay out an archive", 0, 0)
    told = changes(ARCHIVE_SEED, asked.first, ARCHIVE_WEEKS)
    write_archive(folder / "github", told, asked.first, ARCHIVE_WEEKS)
    given = {team.name: (team.tool, team.started(asked.first)) for team in TEAMS}
    write_roster(folder / "roster", asked.first, given)


def _pull_clone(repo: Path, log: Path, key: Path, asked: Organisation, tell: Tell) -> str:
    """Append a clone's history to the log; return why there is none, or nothing."""
    if not is_clone(repo):
        return "there is no clone here; name one with --repo"
    if shutil.which("git") is None:
        return "there is no git here to read it with"
    tell("pull git", 0, 0)
    # As if read when the twelve weeks were over: a demo has no other clock.
    ends_us = asked.ends_ms * 1000
    with FileLog(log).writer() as appender:
        try:
            pull(all_sources()[CLONE], repo, appender.append, read_key(key), lambda: ends_us)
        except Fatal as problem:
            return problem.problem
        finally:
            appender.sync()
    return ""
