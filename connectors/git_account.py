"""People as git knows them: the e-mail address is the account."""

import re
from typing import Any

from connectors.keys import TenantKey
from connectors.record import account

_NOREPLY = re.compile(r"(?:\d+\+)?([a-z\d](?:[a-z\d-]*)(?:\[bot\])?)@users\.noreply\.github\.com")


class Mailbox:
    """An e-mail address; leaves as the pseudonym of the account behind it.

    GitHub's own addresses (``123+login@users.noreply.github.com``) are GitHub's accounts and meet
    what GitHub says of the same login; any other address is an account of the provider ``git``. An
    empty address is nobody's.
    """

    def leave(self, value: Any, key: TenantKey) -> str | None:
        """Return the pseudonym; equal for equal addresses, whatever their case."""
        if not isinstance(value, str):
            raise ValueError("Expected `str`")
        address = value.strip().lower()
        if hidden := _NOREPLY.fullmatch(address):
            return account(key, "github", hidden[1])
        return account(key, "git", address) if address else None
