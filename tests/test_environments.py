"""Which environments are production: one rule, said twice."""

import duckdb
import pytest

from pipelines.delivery.environments import NOT_YET, PRODUCTION, worded
from sql.check import checks


def test_the_check_knows_the_words_of_the_fact() -> None:
    assert f"({'|'.join(NOT_YET)})" in checks()["environment_is_known"].query


@pytest.mark.parametrize(
    ("environment", "has_production", "is_before"),
    [
        ("production", True, False),
        ("PRODUCTION", True, False),
        ("Production - web", True, False),
        ("prod-eu-1", True, False),
        ("prod1", True, False),
        ("live", True, False),
        ("preprod", False, True),
        ("pre-production", True, True),
        ("non prod", True, True),
        ("pr-123", False, False),
        ("products", False, False),
        ("alive", False, False),
        ("latest", False, False),
        ("github-pages", False, False),
        ("", False, False),
    ],
)
def test_a_word_is_found_as_a_word(environment: str, has_production: bool, is_before: bool) -> None:
    words = f"{worded('environment', PRODUCTION)}, {worded('environment', NOT_YET)}"
    found = duckdb.execute(f"SELECT {words} FROM (SELECT ? AS environment)", [environment])
    assert found.fetchall() == [(has_production, is_before)]
