"""Repositories by name: plain where an organisation owns them, keyed where a person does."""

from dataclasses import dataclass
from typing import Any

from connectors.keys import TenantKey


@dataclass(frozen=True)
class Repository:
    """A repository object as a forge sends it (``full_name``, ``owner.type``).

    Leaves as ``host/owner/name`` in lower case; the owner's part is keyed unless the payload says
    that an organisation owns it, because a personal owner's name is a person's name.
    """

    host: str

    def leave(self, value: Any, key: TenantKey) -> str:
        """Return the repository's name; equal for equal repositories in every source."""
        if not isinstance(value, dict) or not isinstance(value.get("full_name"), str):
            raise ValueError("Expected a repository with a `full_name`")
        owner = value.get("owner")
        kind = owner.get("type") if isinstance(owner, dict) else None
        return repository_name(self.host, value["full_name"], kind == "Organization", key)


def repository_name(host: str, full_name: str, organisation: bool, key: TenantKey) -> str:
    """Return ``host/owner/name``, with a personal (or unknown) owner keyed.

    All but the last part is the owner: a group within a group may be named after a person.
    Wherever that name stands within the repository's own (``ada/ada.github.io``), it is keyed too.
    """
    owner, _, name = full_name.strip().lower().rpartition("/")
    if owner and not organisation:
        keyed = key.pseudonym("owner", f"{host}/{owner}")
        for part in filter(None, owner.split("/")):
            name = name.replace(part, keyed)
        owner = keyed
    return f"{host}/{owner}/{name}"
