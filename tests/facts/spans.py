"""``facts.spans`` by example: the owning rule, worked out on paper."""

from tests.facts import Example
from tests.facts.rewriting import EXAMPLES as REWRITING
from tests.facts.rewriting import span
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

EXAMPLES = [
    *REWRITING,
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
]
