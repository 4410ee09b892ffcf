from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar, Literal

import pytest

from schemas.columns import Account, Column, Keyed, Person, columns


class Base:
    kind: ClassVar[str] = "no column"

    time: datetime
    """When."""


class Cost(Base):
    account: Account
    """Whose
    account."""
    person: Person | None
    branch: Keyed | None
    plan: Literal["free", "paid"] | None = None
    lines: int = 0
    """How many."""
    draft: bool = False
    share: float = 0.0
    day: date | None = None
    amount: Decimal | None = None
    tools: list[str] | None = None


def test_annotations_become_columns_base_class_first() -> None:
    assert columns(Cost) == (
        Column("time", "TIMESTAMP", required=True, doc="When."),
        Column("account", "VARCHAR", required=True, doc="Whose account.", about_people=True),
        Column("person", "VARCHAR", required=False, about_people=True),
        Column("branch", "VARCHAR", required=False),
        Column("plan", "VARCHAR", required=False, allowed=("free", "paid")),
        Column("lines", "BIGINT", required=True, doc="How many."),
        Column("draft", "BOOLEAN", required=True),
        Column("share", "DOUBLE", required=True),
        Column("day", "DATE", required=False),
        Column("amount", "DECIMAL(38,18)", required=False),
        Column("tools", "VARCHAR[]", required=False),
    )


class TwoTypes:
    either: int | str


class Unknown:
    raw: bytes


@pytest.mark.parametrize(
    ("declaration", "problem"),
    [
        (TwoTypes, "column either: a column has one type, or one type and None"),
        (Unknown, "column raw: <class 'bytes'> is not a column type"),
    ],
)
def test_a_column_that_no_table_can_hold_is_refused(declaration: type, problem: str) -> None:
    with pytest.raises(TypeError, match=problem):
        columns(declaration)
