"""The git program, run so that it only reads: no network, no hooks, no settings from outside.

What a clone's own configuration could make git run (a pager, a file-system monitor, an external
diff, a signature check, a fetch of missing objects) is switched off; the configuration of user
and machine is not read at all.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from schemas.errors import Fatal

FIXED = (
    "--no-pager",
    "--literal-pathspecs",
    *("-c", "core.fsmonitor=false"),
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", f"core.attributesFile={os.devnull}"),
    *("-c", "core.quotePath=false"),
    *("-c", "log.showSignature=false"),
    *("-c", "log.mailmap=false"),
    *("-c", "i18n.logOutputEncoding=UTF-8"),
    *("-c", "diff.external="),
)

BLOCK = 1 << 16


def _environment(repo: Path) -> dict[str, str]:
    """Return all that git may know of its surroundings."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.environ.get("HOME", os.devnull),
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CEILING_DIRECTORIES": str(repo.resolve().parent),
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_NO_LAZY_FETCH": "1",
        # Without an index git cannot take a file of the working tree for an object.
        "GIT_INDEX_FILE": "",
        # No protocol at all: git before 2.44 does not know the line above.
        "GIT_ALLOW_PROTOCOL": "",
    }


@contextmanager
def git(
    repo: Path, *arguments: str, stdin: bytes | IO[bytes] = b""
) -> Iterator[subprocess.Popen[bytes]]:
    """Run git in a repository; its standard output can be read meanwhile.

    The process has ended when the context has; what was not read is lost. What git says of a
    failure may name people and paths, so nobody sees it: the caller looks at ``returncode``.
    Raises Fatal where there is no git.
    """
    with TemporaryFile() as said:
        if isinstance(stdin, bytes):
            said.write(stdin)
            said.seek(0)
        try:
            process = subprocess.Popen(  # noqa: S603  fixed arguments, no shell
                ["git", *FIXED, "-C", str(repo), *arguments],  # noqa: S607  wherever it is
                stdin=said if isinstance(stdin, bytes) else stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_environment(repo),
            )
        except FileNotFoundError:
            raise Fatal("git: there is no git program here", "install git") from None
        with process:
            yield process


def output(process: subprocess.Popen[bytes]) -> IO[bytes]:
    """Return the stream of what a process says."""
    if process.stdout is None:
        raise TypeError("this process was started without a pipe")
    return process.stdout


def answer(repo: Path, *arguments: str, stdin: bytes = b"") -> bytes | None:
    """Return all that git says, for a short answer; None where it fails."""
    with git(repo, *arguments, stdin=stdin) as process:
        said = output(process).read()
    return None if process.returncode else said


def parts(stream: IO[bytes], separator: bytes) -> Iterator[bytes]:
    """Yield what a stream says between separators, each of which ends a part."""
    rest: list[bytes] = []
    while block := stream.read(BLOCK):
        first, *more = block.split(separator)
        rest.append(first)
        for part in more:
            yield b"".join(rest)
            rest = [part]
    if last := b"".join(rest):
        yield last
