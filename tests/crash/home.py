"""A home (log, lake, key) that commands run in, and that can be put back to how it once was."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from connectors.file_log import FileLog
from schemas.envelope import decode
from schemas.errors import Rejected
from tests.crash.process import Command, Done, Prepare, Running

Place = tuple[str, int]
"""A partition of the log and a position in it."""


_started = count()


@dataclass(frozen=True)
class Home:
    """The catalogue names files by full path, so a home is always put back where it was."""

    folder: Path

    @property
    def lake(self) -> Path:
        """Where the lake is."""
        return self.folder / "work" / "lake"

    @property
    def log(self) -> Path:
        """Where the log is."""
        return self.folder / "work" / "log"

    def start(
        self, argv: tuple[str, ...], fault: str = "", prepare: Prepare | None = None
    ) -> Running:
        """Start a command here; more than one may run at once."""
        return self.start_work(Command(argv, prepare), fault)

    def start_work(self, work: Callable[[], None], fault: str = "") -> Running:
        """Start a function in a process of its own."""
        said = self.folder / "said"
        said.mkdir(parents=True, exist_ok=True)
        env = {
            "UPSHOT_LOG": f"file:{self.log}",
            "UPSHOT_LAKE": str(self.lake),
            "UPSHOT_KEY": str(self.folder / "key"),
            "UPSHOT_FAULT": fault,
        }
        return Running(work, said / str(next(_started)), env)

    def run(self, argv: tuple[str, ...], fault: str = "", prepare: Prepare | None = None) -> Done:
        """Run a command here to its end."""
        return self.start(argv, fault, prepare).wait()

    def keep(self, name: str) -> None:
        """Remember how everything is."""
        (self.folder / "work").mkdir(parents=True, exist_ok=True)
        shutil.copytree(self.folder / "work", self.folder / "kept" / name)

    def put_back(self, name: str) -> None:
        """Make everything as it was remembered."""
        shutil.rmtree(self.folder / "work", ignore_errors=True)
        shutil.copytree(self.folder / "kept" / name, self.folder / "work")

    def held(self) -> dict[Place, str]:
        """Return the content hash of every delivery in the log, by its place."""
        if not self.log.exists():
            return {}
        log = FileLog(self.log)
        return {
            (partition, entry.offset): _content(entry.line)
            for partition in log.partitions()
            for entry in log.read(partition, *log.offsets(partition))
        }


def _content(line: bytes | None) -> str:
    try:
        return decode(line or b"").content_hash
    except Rejected:
        return ""
