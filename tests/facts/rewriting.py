"""``facts.spans`` by example: whose lines are looked at and rewritten, and which change's."""

from typing import Any

from tests.facts import Example
from tests.facts.telling import (
    REWRITTEN,
    beat,
    created,
    everybody,
    file,
    inference,
    merged,
    prompt,
    when,
)


def span(begin: str, end: str, kind: str, **more: Any) -> dict[str, Any]:
    """Return what a row says of when and what."""
    return {"started_at": when(begin), "ended_at": when(end), "kind": kind, **more}


EXAMPLES = [
    Example(
        # The AI wrote file b until 8:59. Looking at it is reading, from the AI's last word on; once
        # she saves it, she has been rewriting since she looked last: five lines out, eight in.
        # File c is her own, and taking nothing out is authoring.
        "looking at an AI's lines is reading them, touching them is rewriting",
        [
            *everybody(),
            created("11:00"),
            prompt("8:58", chars=0),
            beat("8:58:50", entity=file("b"), category="ai coding", ai_lines=40),
            inference("8:59"),
            beat("9:00", entity=file("b"), is_write=False),
            beat("9:02", entity=file("b"), is_write=False),
            beat("9:04", entity=file("b"), human_lines=8, lines_added=8, lines_removed=5),
            beat("9:05", entity=file("b"), is_write=False),
            beat("9:20", entity=file("c"), human_lines=9, lines_added=9),
            beat("9:24", entity=file("c"), human_lines=9, lines_added=9, lines_removed=1),
        ],
        [
            span("8:57:40", "8:58", "prompt"),
            span("8:58", "8:59", "wait"),
            span("8:59", "9:00", "self_review", tool="claude_code", entity=None),
            span("9:00", "9:02", "self_review", lines_of="ai", entity=file("b"), rewrites=None),
            span("9:02", "9:05", "hand", lines_of="ai", rewrites=True, entity=file("b")),
            span("9:20", "9:24", "hand", lines_of="human", rewrites=False, entity=file("c")),
        ],
    ),
    Example(
        # Ten lines of the AI's among 60 of hers make the file no AI's; but of what came into it
        # in the ten minutes around 9:04 they are the most. At 9:30 she rewrites it once more.
        "whose lines are rewritten is told by what came in around, before the file as a whole",
        [
            *everybody(),
            created("11:00"),
            beat("8:00", entity=file("b"), human_lines=60, lines_added=60),
            beat("9:00", entity=file("b"), category="ai coding", ai_lines=10),
            beat("9:02", entity=file("b"), is_write=False),
            beat("9:04", entity=file("b"), **REWRITTEN),
            beat("9:26", entity=file("b"), is_write=False),
            beat("9:30", entity=file("b"), **REWRITTEN),
        ],
        [
            span("9:02", "9:04", "hand", lines_of="ai", rewrites=True),
            span("9:26", "9:30", "hand", lines_of="human", rewrites=True),
        ],
    ),
    Example(
        # 9:00-9:01 by hand on what the AI wrote at 8:59, and nothing taken out; four minutes on,
        # four lines go out for four: that is another thing, done on its own.
        "what is done to a file is told by the three minutes around",
        [
            *everybody(),
            created("11:00"),
            beat("8:59", entity=file("b"), category="ai coding", ai_lines=40),
            beat("9:00", entity=file("b"), is_write=False),
            beat("9:01", entity=file("b"), human_lines=9, lines_added=9),
            beat("9:05", entity=file("b"), human_lines=4, lines_added=4, lines_removed=4),
        ],
        [
            span("9:00", "9:01", "hand", lines_of="ai", rewrites=False),
            span("9:01", "9:05", "hand", lines_of="ai", rewrites=True),
        ],
    ),
    Example(
        # Nobody asked an AI for anything: she works on what it wrote some other day.
        "without an agent about, looking is part of the work",
        [
            *everybody(),
            created("+1 11:00"),
            beat("9:00", entity=file("b"), category="ai coding", ai_lines=40),
            beat("+1 9:00", entity=file("b"), is_write=False),
            beat("+1 9:04", entity=file("b"), is_write=False),
        ],
        [span("+1 9:00", "+1 9:04", "hand", lines_of="ai", rewrites=None)],
    ),
    Example(
        # The AI wrote 40 lines of file b for change 1 and Ada 79, so more than a third are its; of
        # file c just a third is. Change 2 rewrites both, 20 lines out, 18 in: before it is up for
        # review, late correction of change 1 where the lines were the AI's. The same again after
        # that is change 2's own.
        "rewriting an AI's merged lines corrects their change, until its own is up for review",
        [
            *everybody(),
            beat("8:30", entity=file("b"), human_lines=79, lines_added=79),
            beat("8:50", entity=file("b"), category="ai coding", ai_lines=40, lines_added=40),
            beat("8:10", entity=file("c"), human_lines=80, lines_added=80),
            beat("8:50", entity=file("c"), category="ai coding", ai_lines=40, lines_added=40),
            created("9:10"),
            merged("9:30", added=239),
            *(
                beat(f"+3 {hour}:{minute}", on=2, entity=file(name), **lines)
                for hour, name in ((8, "c"), (9, "b"), (11, "b"))
                for minute, lines in (("00", {}), ("04", REWRITTEN))
            ),
            created("+3 10:00", number=2),
        ],
        [
            span("+3 8:00", "+3 8:04", "hand", change_id="f/2", evidence="B"),
            span("+3 9:00", "+3 9:04", "hand", change_id="f/1", evidence="C"),
            span("+3 11:00", "+3 11:04", "hand", change_id="f/2", evidence="B"),
        ],
    ),
]
