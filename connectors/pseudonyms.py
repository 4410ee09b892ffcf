"""Pseudonyms of one account: all under which it may stand in the log, whoever told of it."""

from connectors.git_account import Mailbox
from connectors.keys import TenantKey
from connectors.record import account
from connectors.sources.roster import fold
from schemas.errors import Usage


def pseudonyms(key: TenantKey, asked: str) -> frozenset[str]:
    """Return the pseudonyms of ``PROVIDER:NAME``, spelt as the edge spells them.

    ``person`` is a name in the roster, ``git`` an e-mail address; one of GitHub also owns the
    repositories below it. Raises Usage where it is not an account.
    """
    provider, _, name = asked.partition(":")
    if not provider or not name.strip():
        raise Usage(
            "that is no account", "write PROVIDER:NAME, as github:octocat or git:ada@example.com"
        )
    found: set[str | None]
    match provider.strip().lower():
        case "person":
            found = {key.pseudonym("person", fold(name))}
        case "git":
            found = {Mailbox().leave(name, key)}
        case "github":
            owner = f"github.com/{name.strip().lower()}"
            found = {account(key, "github", name), key.pseudonym("owner", owner)}
        case other:
            found = {account(key, other, name)}
    return frozenset(one for one in found if one)
