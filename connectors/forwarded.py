"""How far each spool has been forwarded: one small file a spool, in a folder beside the spools.

    log.forwarded/<spool id>        {"position": 151234, "topics": {"upshot.ide.v1": "<its id>"}}
    log.forwarded/<spool id>.lock   held by whoever forwards that spool

Written aside, synced and renamed, so it is whole; written only behind what the broker has
acknowledged, so it never promises too much. Forgotten (``--again``), all that is kept is sent once
more: copies, not losses.
"""

import fcntl
import os
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import msgspec

from connectors.spool import explained
from connectors.spool_writer import sync_folder
from schemas.errors import Fatal
from schemas.steps import step


class _Said(msgspec.Struct):
    position: int
    topics: dict[str, str]


class Forwarded:
    """The position up to which one spool is in the log; locked for its only forwarder."""

    def __init__(
        self, file: Path, locked: BinaryIO, topics: Mapping[str, str], *, again: bool
    ) -> None:
        self.origin = file.name
        self._file = file
        self._locked = locked
        self._topics = dict(topics)
        self.position = 0 if again else self._read()

    @classmethod
    def lock(
        cls,
        spools: Path,
        origin: str,
        topics: Mapping[str, str],
        *,
        wait: bool = False,
        again: bool = False,
    ) -> "Forwarded | None":
        """Become a spool's only forwarder; when there is one, wait for its end or return None.

        ``again`` forgets how far it was forwarded.

        Raises Fatal when it was forwarded to topics that have been deleted since.
        """
        folder = spools.with_name(f"{spools.name}.forwarded")
        with explained(folder):
            folder.mkdir(parents=True, exist_ok=True)
            locked = (folder / f"{origin}.lock").open("ab")
        try:
            fcntl.flock(locked, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            locked.close()
            return None
        try:
            return cls(folder / origin, locked, topics, again=again)
        except BaseException:
            locked.close()
            raise

    def move(self, position: int) -> None:
        """Return when it is kept for sure that all before this position is in the log."""
        said = msgspec.json.encode(_Said(position, self._topics))
        aside = self._file.with_suffix(".tmp")
        with explained(self._file.parent), step("forward-progress"):
            with aside.open("wb") as file:
                file.write(said)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(self._file)
            sync_folder(self._file.parent)
        self.position = position

    def close(self) -> None:
        """Let somebody else forward this spool."""
        self._locked.close()

    def _read(self) -> int:
        try:
            said = msgspec.json.decode(self._file.read_bytes(), type=_Said)
        except FileNotFoundError:
            return 0
        except (msgspec.DecodeError, UnicodeError):
            raise Fatal(
                f"{self._file} is damaged",
                "run `upshot forward --again`: it sends all that the spool keeps",
            ) from None
        for topic, known in said.topics.items():
            if self._topics.get(topic, known) != known:
                raise Fatal(
                    f"topic {topic} is not the one that spool {self._file.name} was forwarded to: "
                    "it was deleted and made anew",
                    "run `upshot forward --again`: it sends all that the spool keeps",
                )
        return said.position
