"""A real repository, made with the real git, whose every commit has a known time and author."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

ADA = ("Wilhelmina Ashgrove", "wilhelmina@ashgrove.example")
BEN = ("Ben Mossbank", "90000002+mossbank-ben@users.noreply.github.com")
AIDER = ("Wilhelmina Ashgrove (aider)", "wilhelmina@ashgrove.example")


class Repository:
    """A working tree in a folder; each step is a minute later than the one before."""

    def __init__(self, path: Path, *options: str) -> None:
        path.mkdir(parents=True)
        self.path = path
        self.minute = 0
        self.git("init", "--quiet", "--initial-branch=main", *options)

    def git(self, *arguments: str, by: tuple[str, str] = ADA, stdin: str = "") -> str:
        """Run git as somebody, with nothing of this machine's settings."""
        self.minute += 1
        moment = f"2026-01-05T09:{self.minute:02}:00+0100"
        names = {"NAME": by[0], "EMAIL": by[1], "DATE": moment}
        roles = {f"GIT_{role}_{k}": v for role in ("AUTHOR", "COMMITTER") for k, v in names.items()}
        quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        done = subprocess.run(
            ["git", "-C", str(self.path), *arguments],
            env={"PATH": os.environ["PATH"], **roles, **quiet},
            input=stdin,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def write(self, name: str, *lines: str) -> None:
        """Write a file of these lines."""
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(f"{line}\n" for line in lines))

    def commit(self, message: str, by: tuple[str, str] = ADA) -> str:
        """Commit all there is; return the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message, by=by)
        return self.head()

    def head(self) -> str:
        """Return the commit that is checked out."""
        return self.git("rev-parse", "HEAD")

    def note(self, sha: str, attested: str, **explained: Any) -> None:
        """Put git-ai's note on a commit, in place of the one it had."""
        meta = {"schema_version": "authorship/3.0.0", "base_commit_sha": sha, **explained}
        note = f"{attested}---\n{json.dumps(meta)}"
        self.git("notes", "--ref=ai", "add", "--force", "--file=-", sha, stdin=note)


def prompt(tool: str, session: str, model: str, *transcript: str) -> dict[str, Any]:
    """Return what a note says of one prompt, with who typed it and what was said."""
    return {
        "agent_id": {"tool": tool, "id": session, "model": model},
        "human_author": f"{ADA[0]} <{ADA[1]}>",
        "messages": [{"type": "user", "text": text} for text in transcript],
        "total_additions": 9,
        "total_deletions": 0,
        "accepted_lines": 9,
        "overriden_lines": 0,
    }
