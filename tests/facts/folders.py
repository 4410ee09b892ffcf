"""``facts.folders`` by example: which repository a folder holds."""

from tests.facts import Example
from tests.facts.telling import BEN, SHOP, WEB, created, everybody, linked

EXAMPLES = [
    Example(
        "a folder is the one repository's whose name it has",
        [*everybody(), created("9:00"), created("9:01", 2, who=BEN)],
        [{"project": WEB, "repo": "f/acme/web"}],
    ),
    Example(
        "one that two share is neither's, but what it was said to be",
        [
            *everybody(),
            created("9:00"),
            created("9:01", 2, who=BEN, repo="f/acme/old-web"),
            linked(SHOP),
        ],
        [{"project": SHOP, "repo": "f/acme/web"}],
    ),
    Example(
        "what a folder was said to be holds against its name",
        [*everybody(), created("9:00", repo="f/acme/old-web"), linked(WEB)],
        [{"project": WEB, "repo": "f/acme/web"}],
    ),
]
