"""Which environments are production: by the words in their names.

Digits and signs part words, so ``prod1`` is production; ``pre-prod`` is not, for one of ``NOT_YET``
takes back what one of ``PRODUCTION`` says. A name with neither is taken for a preview;
``sql/checks/environment_is_known.sql`` counts those.
"""

PRODUCTION = ("prod", "production", "prd", "live")
"""Words that name where users are."""

NOT_YET = (
    *("pre", "preprod", "preproduction", "non", "nonprod", "nonproduction", "not", "no"),
    *("preview", "review", "stage", "staging", "test", "testing", "qa", "uat", "acceptance"),
    *("dev", "develop", "development", "sandbox", "demo", "ephemeral", "local", "ci"),
)
"""Words that say of any environment that users are not there yet."""


def worded(environment: str, words: tuple[str, ...]) -> str:
    """Return the SQL that says whether an environment's name has one of these words."""
    return f"regexp_matches(lower({environment}), '(^|[^a-z])({'|'.join(words)})([^a-z]|$)')"


def production(environment: str) -> str:
    """Return the SQL that says whether an environment is production."""
    return f"({worded(environment, PRODUCTION)} AND NOT {worded(environment, NOT_YET)})"
