"""``facts.edits`` by example: whose lines a file is made of."""

from tests.facts import Example
from tests.facts.telling import (
    ADA,
    BEN,
    MAIN,
    SHOP,
    WEB,
    beat,
    created,
    day,
    edited,
    everybody,
    file,
    linked,
    when,
)

EXAMPLES = [
    Example(
        "lines of one file are summed for the day, by whose hand changed them",
        [
            *everybody(),
            created("12:00"),
            beat("9:00", ai_lines=30, human_lines=0, lines_added=30, lines_removed=2),
            beat("9:05", ai_lines=10, human_lines=4, lines_added=12),
            beat("9:06"),
        ],
        [
            {
                "day": day("9:00"),
                "person": ADA,
                "change_id": "f/1",
                "entity": file("a"),
                "ai_lines": 40,
                "human_lines": 4,
                "human_new_lines": 4,
                "lines_added": 42,
                "lines_removed": 2,
                "first_ai_at": when("9:00"),
                "evidence": "B",
            }
        ],
    ),
    Example(
        "days, people and files are rows of their own; an editor that tells nothing apart says so",
        [
            *everybody(),
            created("12:00"),
            beat("9:00", lines_added=3),
            beat("9:01", entity=file("b"), human_lines=1),
            beat("9:02", who=BEN, human_lines=1),
            beat("+1 9:00", human_lines=2),
        ],
        [
            {"person": ADA, "entity": file("a"), "ai_lines": None, "human_lines": None},
            {"person": ADA, "entity": file("b"), "human_lines": 1, "first_ai_at": None},
            {"person": BEN, "human_lines": 1},
            {"day": day("+1 9:00"), "human_lines": 2},
        ],
    ),
    Example(
        "a file that was only looked at was seen, and nothing in it was counted",
        [*everybody(), created("12:00"), beat("9:00", is_write=False)],
        [
            {
                "person": ADA,
                "entity": file("a"),
                "ai_lines": None,
                "human_lines": None,
                "lines_added": None,
            }
        ],
    ),
    Example(
        "a folder that two repositories share tells nothing",
        [
            *everybody(),
            created("12:00"),
            created("12:01", 2, who=BEN, repo="f/acme/old-web"),
            beat("9:00", human_lines=1),
        ],
        [],
    ),
    Example(
        "but what it was said to be; and a folder of another name is the repository it was said of",
        [
            *everybody(),
            created("12:00"),
            created("12:01", 2, who=BEN, repo="f/acme/old-web"),
            linked(WEB),
            linked(SHOP),
            beat("9:00", human_lines=1),
            beat("9:01", project=SHOP, human_lines=2),
            beat("9:02", who=BEN, on=2, human_lines=4),
        ],
        [{"person": ADA, "change_id": "f/1", "human_lines": 3, "evidence": "B"}],
    ),
    Example(
        "what belongs to no change is left out; an inferred change is told as such",
        [
            *everybody(),
            beat("9:00", on=MAIN, human_lines=1),
            created("+2 12:00"),
            beat("+2 9:00", on=MAIN, human_lines=5),
        ],
        [{"day": day("+2 9:00"), "human_lines": 5, "evidence": "C"}],
    ),
    Example(
        # The agent said at 9:00 that it had edited a file, and the editor noticed a second later.
        # Ada then puts 8 lines in the place of 5: 3 are new.
        "an agent's lines are the agent's, whoever the editor takes them for",
        [
            *everybody(),
            created("12:00"),
            edited("9:00"),
            beat("9:00:01", human_lines=30, lines_added=30),
            beat("9:04", human_lines=8, lines_added=8, lines_removed=5),
        ],
        [
            {
                "ai_lines": 30,
                "human_lines": 8,
                "human_new_lines": 3,
                "first_ai_at": when("9:00:01"),
            }
        ],
    ),
]
