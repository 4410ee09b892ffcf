"""``identity.linked``: this account belongs to that person."""

from datetime import UTC, date, datetime

from schemas.columns import Account, Person
from schemas.event import Event, event
from schemas.partition import Whole


@event("identity.linked", key=("account", "since"), partition=Whole())
class IdentityLinked(Event):
    """A person may own many accounts; an account has one owner at a time."""

    account: Account
    """The account, as every event names it."""
    person: Person
    """Who owns it."""
    since: date | None = None
    """First day of ownership; NULL is always."""
    until: date | None = None
    """First day it no longer holds; NULL is still."""


EXAMPLES = [
    IdentityLinked(
        time=datetime(2026, 1, 5, tzinfo=UTC),
        account=Account("0f" * 16),
        person=Person("9a" * 16),
        since=date(2026, 1, 5),
    )
]
