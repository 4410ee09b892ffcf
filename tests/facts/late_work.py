"""``facts.late_work`` by example: what was rewritten after a merge, and whose lines it was."""

from typing import Any

from tests.facts import Example
from tests.facts.telling import BEN, REWRITTEN, beat, created, day, everybody, file, merged, when

BY_AI: dict[str, Any] = {"category": "ai coding", "ai_lines": 40, "lines_added": 40}


def late(**more: Any) -> dict[str, Any]:
    """Return what a row says of file a, rewritten for change 2."""
    return {"entity": file("a"), "change_id": "f/2", "of_change": "f/1", **more}


EXAMPLES = [
    Example(
        # Written by the AI for change 1, merged at 9:30; from the 5th the 26th is the 21st day.
        "a rewriting within 21 days of the merge, before and behind the opening of its own change",
        [
            *everybody(),
            beat("9:00", **BY_AI),
            created("9:10"),
            merged("9:30"),
            created("+2 10:00", number=2),
            beat("+1 9:00", on=2, **REWRITTEN),
            beat("+2 11:00", on=2, who=BEN, **REWRITTEN),
            beat("+21 9:00", on=2, **REWRITTEN),
            beat("+22 9:00", on=2, **REWRITTEN),
        ],
        [
            late(day=day(f"+{n} 9:00"), merged_at=when("9:30"), ready_at=when("+2 10:00"))
            for n in (1, 2, 21)
        ],
    ),
    Example(
        # Two lines out for ten in is no rewriting; nor is it where the AI does it; nor of a file
        # that the AI wrote a third of, or that was only looked at.
        "what is no rewriting, or no lines of an AI's",
        [
            *everybody(),
            beat("9:00", **BY_AI),
            beat("9:01", entity=file("b"), **BY_AI),
            beat("9:02", entity=file("b"), human_lines=80, lines_added=80),
            created("9:10"),
            merged("9:30"),
            created("+9 10:00", number=2, draft=True),
            beat("+1 9:00", on=2, human_lines=10, lines_added=10, lines_removed=2),
            beat("+2 9:00", on=2, category="ai coding", ai_lines=20, lines_removed=20),
            beat("+3 9:00", on=2, entity=file("b"), **REWRITTEN),
            beat("+4 9:00", on=2, is_write=False),
            beat("+5 9:00", on=2, **REWRITTEN),
        ],
        [late(day=day("+5 9:00"), ready_at=None)],
    ),
    Example(
        "of two changes that brought the file in, each is told; of two at one moment, the first",
        [
            *everybody(),
            *(beat(f"9:0{n}", on=n, **BY_AI) for n in (1, 3, 4)),
            *(created(f"9:1{n}", number=n) for n in (1, 3, 4)),
            merged("9:30"),
            merged("9:40", number=3),
            merged("9:40", number=4),
            beat("+1 9:00", on=2, **REWRITTEN),
            created("+1 10:00", number=2),
        ],
        [late(merged_at=when("9:30")), late(merged_at=when("9:40"), of_change="f/3")],
    ),
]
