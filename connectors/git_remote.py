"""Repositories by where their history was read: a clone's remote, its folder, an export's name."""

import re
from typing import Any

from connectors.keys import TenantKey
from connectors.repository import repository_name

_URL = re.compile(r"[a-z][a-z\d+.-]*://(?:[^/@]*@)?([^/:@]+)(?::\d*)?/(.+)", re.IGNORECASE)
_SCP = re.compile(r"(?:[^/@:]+@)?([^/:@]+):(?!//)(.+)")


def host_and_name(url: str) -> tuple[str, str] | None:
    """Return the host and the full name that a remote's URL leads to; None for a local path.

    Understands ``https://host/owner/name.git``, ``ssh://git@host:22/owner/name`` and
    ``git@host:owner/name``. Whatever secret stands before the host is gone.
    """
    found = _URL.fullmatch(url.strip()) or _SCP.fullmatch(url.strip())
    if found is None or url.lower().startswith("file:"):
        return None
    name = found[2].strip("/").removesuffix(".git").lower()
    return (found[1].lower(), name) if "/" in name else None


class ReadFrom:
    """Where a history was read; leaves as the repository's name.

    ``{"url": ..., "organisation": ...}`` leaves as ``host/owner/name``, as every other source names
    it, the owner keyed unless an organisation is known to own it. ``{"export": name}`` keeps the
    name it was given; a clone without a remote has only its ``{"folder": name}``, which is hidden
    like every project folder.
    """

    def leave(self, value: Any, key: TenantKey) -> str:
        """Return the repository's name."""
        match value:
            case {"export": str(name)}:
                return f"export/{name.lower()}"
            case {"url": str(url), "organisation": bool(known)} if at := host_and_name(url):
                return repository_name(*at, organisation=known, key=key)
            case {"folder": str(folder)}:
                return f"local/{key.pseudonym('project', folder.strip())}"
        raise ValueError("Expected a `url`, a `folder` or an `export`")
