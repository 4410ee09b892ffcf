"""Where work is seen to happen: hidden, and spelled alike by editors, browsers and forges.

An editor names a project by its folder, a forge by the last part of its repository; a browser
names a pull request by whichever of its pages is open. They meet only if they are hashed alike. So
do a file of one person's clone and the same file of another's.
"""

import re

from connectors.record import Hidden

PULL_REQUEST = re.compile(r"https?://(?:www\.)?([^/\s]+/[^/\s]+/[^/\s]+/pull/\d+)(?:[/?#]\S*)?")


def project(name: str) -> str:
    """Spell a project's name alike, whatever its case."""
    return name.strip().lower()


def place(path: str) -> str:
    """Spell a path or an address alike: all pages of one pull request are one place."""
    found = PULL_REQUEST.fullmatch(path.strip())
    return found[1].lower() if found else path.strip()


def in_project(path: str, name: str) -> str:
    """Return a file's path from its project's folder on, the same on everybody's machine.

    A path that the folder is not on stays as it is.
    """
    _, folder, inside = path.partition(f"/{name}/")
    return f"{name}/{inside}" if name and folder else path


PROJECT = Hidden("project", project)
PLACE = Hidden("path", place)
