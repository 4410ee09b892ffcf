"""``facts.spans`` by example: the owning rule, worked out on paper."""

from typing import Any

from tests.facts import Example
from tests.facts.telling import (
    ADA,
    BEN,
    CLEO,
    MAIN,
    MINUTE,
    SECOND,
    beat,
    commented,
    created,
    day,
    decision,
    edited,
    everybody,
    file,
    inference,
    merged,
    page,
    prompt,
    read,
    reviewed,
    when,
)


def span(begin: str, end: str, kind: str, **more: Any) -> dict[str, Any]:
    """Return what a row says of when and what."""
    return {"started_at": when(begin), "ended_at": when(end), "kind": kind, **more}


REWRITTEN: dict[str, Any] = {"human_lines": 20, "lines_added": 18, "lines_removed": 20}

EXAMPLES = [
    Example(
        "two saves in one file are one stretch of hand authoring, given to the branch's change",
        [*everybody(), created("11:00"), beat("9:00"), beat("9:04")],
        [
            {
                "day": day("9:00"),
                "person": ADA,
                "started_at": when("9:00"),
                "ended_at": when("9:04"),
                "duration_ms": 4 * MINUTE,
                "kind": "hand",
                "change_id": "f/1",
                "repo": "f/acme/web",
                "tool": None,
                "entity": file("a"),
                "lines_of": None,
                "rewrites": None,
                "stream": "editor",
                "evidence": "B",
            }
        ],
    ),
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
        # The agent proposes at 9:01; at 9:02 she looks at what it is about, at 9:03 she agrees.
        "looking between a proposal and its decision is reading, whoever wrote the file",
        [
            *everybody(),
            prompt("9:00", chars=0),
            inference("9:01"),
            beat("9:02", is_write=False),
            decision("9:03"),
            inference("9:04"),
        ],
        [
            span("8:59:40", "9:00", "prompt"),
            span("9:00", "9:01", "wait"),
            span("9:01", "9:02", "self_review", entity=file("a")),
            span("9:02", "9:03", "self_review", tool="claude_code"),
            span("9:03", "9:04", "wait"),
        ],
    ),
    Example(
        # The agent edited at 9:01; what the editor saw a second later was that.
        "an agent's write is nobody's attention, though the editor says it was by hand",
        [
            *everybody(),
            prompt("9:00", chars=0),
            edited("9:01"),
            beat("9:01:01", human_lines=30),
            inference("9:02"),
        ],
        [span("8:59:40", "9:00", "prompt"), span("9:00", "9:02", "wait")],
    ),
    Example(
        # Back at 9:08 by a look: of the eight minutes five are believed. Then a save, which says
        # what was done since that look.
        "a look does not tell what was done before it, a save does",
        [*everybody(), beat("9:00"), beat("9:08", is_write=False), beat("9:16")],
        [span("9:00", "9:05", "hand"), span("9:08", "9:16", "hand")],
    ),
    Example(
        "whoever opens a page and is gone has read it for two minutes",
        [*everybody(), created("8:00"), read("9:00"), read("9:30")],
        [
            span("9:00", "9:02", "peer_review", person=BEN),
            span("9:30", "9:32", "peer_review", person=BEN),
        ],
    ),
    Example(
        "a gap of ten minutes is work, a longer one is absence",
        [*everybody(), beat("9:00"), beat("9:10"), beat("9:20:00.001")],
        [span("9:00", "9:10", "hand", change_id=None)],
    ),
    Example(
        "two files share the gap between them, unless the later one was written in it",
        [
            *everybody(),
            beat("9:00"),
            beat("9:05", entity=file("b"), is_write=False),
            beat("9:07", entity=file("c")),
        ],
        [
            span("9:00", "9:02:30", "hand", entity=file("a")),
            span("9:02:30", "9:05", "hand", entity=file("b")),
            span("9:05", "9:07", "hand", entity=file("c")),
        ],
    ),
    Example(
        "a gap over midnight is two spans, one for each day",
        [*everybody(), beat("23:58"), beat("+1 0:04")],
        [
            span("23:58", "+1 0:00", "hand", day=day("23:58")),
            span("+1 0:00", "+1 0:04", "hand", day=day("+1 0:04")),
        ],
    ),
    Example(
        # 50 characters: 20 s + 50 x 360 ms = 38 s of typing; of the 202 s that are left, half was
        # thought about it, half was work by hand. The run ends 9:06; the minute before 9:08 is
        # reading.
        "a prompt owns its typing, a run is wait, and a minute behind it is reading",
        [
            *everybody(),
            created("11:00"),
            beat("9:00"),
            prompt("9:04"),
            inference("9:05"),
            inference("9:06"),
            beat("9:08"),
        ],
        [
            span("9:00", "9:01:41", "hand"),
            span("9:01:41", "9:04", "prompt", tool="claude_code", stream="agent", evidence="C"),
            span("9:04", "9:06", "wait", tool="claude_code", change_id="f/1"),
            span("9:07", "9:08", "self_review", tool="claude_code", change_id="f/1"),
        ],
    ),
    Example(
        "a decision owns the time since the agent's last word",
        [
            *everybody(),
            beat("8:59"),
            prompt("9:00", chars=0),
            inference("9:02"),
            decision("9:03:30"),
            inference("9:05"),
        ],
        [
            span("8:59", "8:59:20", "hand"),
            span("8:59:20", "9:00", "prompt"),
            span("9:00", "9:02", "wait"),
            span("9:02", "9:03:30", "self_review"),
            span("9:03:30", "9:05", "wait"),
        ],
    ),
    Example(
        "what an agent writes is nobody's attention, said so or not",
        [
            *everybody(),
            prompt("9:00", chars=0),
            beat("9:01", category="ai coding", ai_lines=40),
            beat("9:02", ai_lines=3, human_lines=0),
            beat("9:03"),
            inference("9:04"),
        ],
        [span("8:59:40", "9:00", "prompt"), span("9:00", "9:04", "wait")],
    ),
    Example(
        "who writes by hand while an agent runs is authoring",
        [*everybody(), prompt("9:00", chars=0), beat("9:01", human_lines=2), inference("9:04")],
        [span("8:59:40", "9:00", "prompt"), span("9:00", "9:01", "hand")],
    ),
    Example(
        "a verdict owns the reading before it; a browser's page says what was read",
        [*everybody(), created("8:00"), read("9:00"), read("9:03"), reviewed("9:07")],
        [
            span("9:00", "9:03", "peer_review", person=BEN, change_id="f/1", entity=page(1)),
            span("9:03", "9:07", "peer_review", stream="forge", evidence="B"),
        ],
    ),
    Example(
        "of a review that only the forge tells of, half an hour at most, since the last signal",
        [
            *everybody(),
            created("8:00"),
            beat("9:00", who=BEN),
            reviewed("9:25"),
            reviewed("10:00", who=CLEO),
        ],
        [span("9:00", "9:25", "peer_review", person=BEN, stream="forge", evidence="C")],
    ),
    Example(
        "an author's answer to a remark is authoring, reading the own page is self-review",
        [
            *everybody(),
            created("8:00"),
            read("9:00", who=ADA),
            read("9:02", who=ADA),
            commented("9:05", who=ADA),
        ],
        [
            span("9:00", "9:02", "self_review", entity=page(1)),
            span("9:02", "9:05", "hand", change_id="f/1", stream="forge"),
        ],
    ),
    Example(
        "work on a branch of no change is the next own change's, within a day",
        [
            *everybody(),
            beat("9:00", on=MAIN),
            beat("9:02", on=MAIN),
            created("+1 9:05"),
            beat("+2 9:00", on=MAIN),
            beat("+2 9:01", on=MAIN),
        ],
        [
            span("9:00", "9:02", "hand", change_id=None),
            span("+2 9:00", "+2 9:01", "hand", change_id=None),
        ],
    ),
    Example(
        "and if it was opened within a day, that is inferred",
        [*everybody(), beat("9:00", on=MAIN), beat("9:02", on=MAIN), created("+1 9:00")],
        [span("9:00", "9:02", "hand", change_id="f/1", evidence="C")],
    ),
    Example(
        "a branch that is used again belongs to the next change from the end of the one before",
        [
            *everybody(),
            created("8:00"),
            beat("9:00"),
            beat("9:01"),
            merged("10:00"),
            beat("11:00"),
            beat("11:01"),
            created("12:00", number=2, branch=created("8:00").branch),
        ],
        [
            span("9:00", "9:01", "hand", change_id="f/1"),
            span("11:00", "11:01", "hand", change_id="f/2"),
        ],
    ),
    Example(
        "two people on one branch both worked on its change",
        [
            *everybody(),
            created("11:00"),
            beat("9:00"),
            beat("9:01"),
            beat("9:00", who=BEN),
            beat("9:02", who=BEN),
        ],
        [
            span("9:00", "9:01", "hand", person=ADA, change_id="f/1"),
            span("9:00", "9:02", "hand", person=BEN, change_id="f/1"),
        ],
    ),
    Example(
        "a plugin that beats by itself is no sign of life",
        [
            *everybody(),
            beat("8:57"),
            *(beat(f"9:{minute:02}", is_write=False) for minute in range(0, 30, 2)),
        ],
        [span("8:57", "9:00", "hand")],
    ),
    Example(
        "a clock that says 1970 or 2199 tells of nothing",
        [
            *everybody(),
            *(beat(f"{days} 9:0{minute}") for days in ("-20464", "+63300") for minute in range(3)),
        ],
        [],
    ),
    Example(
        "a session that never ends is over with its last word of half a day",
        [
            *everybody(),
            prompt("9:00", chars=0),
            *(inference(f"{h}:30") for h in range(9, 24)),
            inference("+1 8:00"),
        ],
        [
            span("8:59:40", "9:00", "prompt"),
            span("9:00", "20:30", "wait", duration_ms=690 * MINUTE),
        ],
    ),
    Example(
        "a gap of nothing is nobody's, and one of a millisecond is somebody's",
        [
            *everybody(),
            beat("9:00"),
            beat("9:00", entity=file("b")),
            beat("9:00:00.001", entity=file("b")),
        ],
        [span("9:00", "9:00:00.001", "hand", duration_ms=SECOND // 1000, entity=file("b"))],
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
