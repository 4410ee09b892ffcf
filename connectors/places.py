"""Where work is seen to happen: hidden, and spelled alike by editors, browsers and forges.

An editor names a project by its folder, a forge by the last part of its repository; a browser
names a pull request by whichever of its pages is open. They meet only if they are hashed alike.
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


PROJECT = Hidden("project", project)
PLACE = Hidden("path", place)
