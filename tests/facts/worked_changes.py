"""Hand-worked changes: twelve edges, with every ``_ms`` column worked out on paper.

The paper is the comment of each. Ada authors, Ben reviews; minutes unless said otherwise. A gap up
to ten minutes counts; what two signs of life of an editor lie apart is authoring by hand.
"""

from schemas.events.change_ready import ChangeReady
from schemas.events.commit_recorded import CommitRecorded
from tests.facts import Example
from tests.facts.telling import (
    ADA,
    BEN,
    CLEO,
    HOUR,
    MAIN,
    MINUTE,
    REWRITTEN,
    SECOND,
    at,
    beat,
    created,
    decision,
    deployed,
    everybody,
    file,
    inference,
    merged,
    prompt,
    read,
    reviewed,
)

COLUMNS = (
    "hand_ms",
    "prompt_ms",
    "self_review_ms",
    "peer_review_ms",
    "correct_early_ms",
    "rework_ms",
    "correct_late_ms",
    "coding_ms",
    "pickup_ms",
    "review_wait_ms",
    "merge_wait_ms",
    "deploy_wait_ms",
)


def took(**known: int | None) -> dict[str, int | None]:
    """Return every ``_ms`` column of a change; what is not said took no time."""
    assert set(known) <= set(COLUMNS)
    return {name: known.get(name, None if name == "deploy_wait_ms" else 0) for name in COLUMNS}


EXAMPLES = [
    Example(
        # Saves at 23:56 and 0:03 lie 7 apart, over midnight: hand 7. First work 23:56, opened 0:10:
        # coding 14. Ben's page at 0:30, his verdict 0:34: review 4; pickup 24; merged 0:40: 6.
        "1 a gap over midnight is authoring on both days",
        [
            *everybody(),
            beat("23:56"),
            beat("+1 0:03"),
            created("+1 0:10"),
            read("+1 0:30"),
            reviewed("+1 0:34"),
            merged("+1 0:40"),
        ],
        [
            took(
                hand_ms=7 * MINUTE,
                peer_review_ms=4 * MINUTE,
                coding_ms=14 * MINUTE,
                pickup_ms=24 * MINUTE,
                merge_wait_ms=6 * MINUTE,
            )
        ],
    ),
    Example(
        # Save 9:00, prompt 9:05 of 50 characters: 38 s of typing and, of the 4:22 before, half:
        # prompt 2:49, hand 2:11. The agent's word 9:06, accepted 9:08: self-review 2. It writes
        # file b at 9:08:30 (its last word 9:09). What was let through was read before, so a save in
        # b at 9:12 is correction: of the gap from 9:09 one minute. Save in b 9:15: 3 more on a file
        # that is mostly the AI's, in all 3 lines out and 5 in: early correction 4. First work 9:00,
        # opened 9:20.
        "2 prompt, then accept, then edit: reading, then correction",
        [
            *everybody(),
            beat("9:00", human_lines=5),
            prompt("9:05"),
            inference("9:06"),
            decision("9:08"),
            beat("9:08:30", entity=file("b"), category="ai coding", ai_lines=40),
            inference("9:09"),
            beat("9:12", entity=file("b"), human_lines=2, lines_added=2, lines_removed=2),
            beat("9:15", entity=file("b"), human_lines=3, lines_added=3, lines_removed=1),
            created("9:20"),
            merged("9:30", added=50),
        ],
        [
            # Of 50 lines, editors counted 40 by AI and 10 by hand: 5 + 2 + 3.
            {
                "lines_added_ai": 40,
                "lines_added_human": 10,
                "lines_added_unknown": 0,
                "lines_tier": "client",
                "correction_tier": "file",
                "review_tier": None,
                "tools": ["claude_code"],
            }
            | took(
                hand_ms=2 * MINUTE + 11 * SECOND,
                prompt_ms=2 * MINUTE + 49 * SECOND,
                self_review_ms=2 * MINUTE,
                correct_early_ms=4 * MINUTE,
                coding_ms=20 * MINUTE,
                merge_wait_ms=10 * MINUTE,
            )
        ],
    ),
    Example(
        # A prompt without characters takes 20 s. Two agents run at once; Ada prompts the second at
        # 9:03 while the first runs until 9:10: 9:00-9:02:40 is wait, 20 s prompt. Save 9:12: the
        # last minute of the two behind the second's end (9:06) is out of its reach of 60 s: 9:11-
        # 9:12 is reading, one minute. Nothing is counted twice though both agents ran.
        "3 two sessions at once: one human second is spent once",
        [
            *everybody(),
            beat("8:59:40"),
            prompt("9:00", number=1, chars=0),
            prompt("9:03", number=2, chars=0),
            inference("9:06", number=2),
            inference("9:10", number=1),
            beat("9:12"),
            created("9:20"),
            merged("9:30"),
        ],
        [
            took(
                prompt_ms=40 * SECOND,
                self_review_ms=1 * MINUTE,
                correct_early_ms=None,
                coding_ms=20 * MINUTE + 20 * SECOND,
                merge_wait_ms=10 * MINUTE,
            )
        ],
    ),
    Example(
        # The same as a plain change of ten minutes; whose the accounts are comes last.
        "4 the link that says whose the accounts are arrives last",
        [
            beat("9:00"),
            beat("9:10"),
            created("9:20"),
            reviewed("9:40"),
            merged("9:50"),
            *everybody(),
        ],
        [
            {
                "author": ADA,
                **took(
                    hand_ms=10 * MINUTE,
                    peer_review_ms=None,
                    coding_ms=20 * MINUTE,
                    pickup_ms=20 * MINUTE,
                    merge_wait_ms=10 * MINUTE,
                ),
            }
        ],
    ),
    Example(
        # Two branches' work, squashed into one commit: what counts is the branch it was done on.
        # 8 by hand before the review at 10:00, 5 after it (10:10-10:15).
        "5 a squash merge keeps the time of its branch",
        [
            *everybody(),
            beat("9:00"),
            beat("9:08"),
            created("9:10"),
            read("9:57"),
            reviewed("10:00", state="changes_requested"),
            beat("10:10"),
            beat("10:15"),
            reviewed("10:30"),
            merged("10:30", sha="5" * 40),
        ],
        [
            took(
                hand_ms=8 * MINUTE,
                peer_review_ms=33 * MINUTE,
                rework_ms=5 * MINUTE,
                coding_ms=10 * MINUTE,
                pickup_ms=50 * MINUTE,
                review_wait_ms=30 * MINUTE,
            )
        ],
    ),
    Example(
        # What was done on the 5th is told behind everything else, nine days late: the same sums.
        "6 beats that are delivered nine days late count on their own day",
        [
            *everybody(),
            created("9:30"),
            merged("+9 9:30"),
            beat("9:10"),
            beat("9:00"),
            beat("9:05"),
        ],
        [took(hand_ms=10 * MINUTE, coding_ms=30 * MINUTE, merge_wait_ms=9 * 24 * HOUR)],
    ),
    Example(
        # Reviewed 9:30 while a draft; ready 10:00. Work from 9:40 to 9:46 is rework, not authoring.
        # Milestones are forced: the review before readiness takes no time; merged 10:20.
        "7 a review before the change was ready is a review all the same",
        [
            *everybody(),
            beat("9:00"),
            beat("9:09"),
            created("9:10", draft=True),
            read("9:28"),
            reviewed("9:30", state="commented"),
            beat("9:40"),
            beat("9:46"),
            ChangeReady(time=at("10:00"), forge="f", change="1"),
            merged("10:20"),
        ],
        [
            took(
                hand_ms=9 * MINUTE,
                peer_review_ms=2 * MINUTE,
                rework_ms=6 * MINUTE,
                coding_ms=1 * HOUR,
                merge_wait_ms=20 * MINUTE,
            )
        ],
    ),
    Example(
        # Ben opens the page at 9:29:50 and approves at 9:30: ten seconds, and they are counted.
        "8 a drive-by approval takes the seconds that it took",
        [
            *everybody(),
            beat("9:00"),
            beat("9:05"),
            created("9:10"),
            read("9:29:50"),
            reviewed("9:30"),
            merged("9:31"),
        ],
        [
            took(
                hand_ms=5 * MINUTE,
                peer_review_ms=10 * SECOND,
                coding_ms=10 * MINUTE,
                pickup_ms=20 * MINUTE,
                merge_wait_ms=1 * MINUTE,
            )
        ],
    ),
    Example(
        # 38 s of typing, then the agent runs from 9:00 to 9:40 and writes all; nobody touches it.
        # Its run is no effort. First work 8:59:22, opened 9:41. Its beats say where it works.
        "9 an agent-only change: directing it is all the work there is",
        [
            *everybody(),
            prompt("9:00"),
            beat("9:05", category="ai coding", ai_lines=90),
            *(inference(f"9:{minute}") for minute in (10, 20, 30, 40)),
            created("9:41"),
            merged("9:51", added=90),
        ],
        [
            took(
                prompt_ms=38 * SECOND,
                coding_ms=41 * MINUTE + 38 * SECOND,
                merge_wait_ms=10 * MINUTE,
            )
        ],
    ),
    Example(
        # Ada 9:00-9:08 and Ben 9:02-9:06 on one branch: twelve minutes of two people's work. Ben
        # then approves what he helped to write: from 9:06 on, 14 min since his last sign: host.
        "10 a pair: both work, and one approves",
        [
            *everybody(),
            beat("9:00"),
            beat("9:08"),
            beat("9:02", who=BEN),
            beat("9:06", who=BEN),
            created("9:10"),
            reviewed("9:20"),
            merged("9:21"),
        ],
        [
            took(
                hand_ms=12 * MINUTE,
                peer_review_ms=14 * MINUTE,
                coding_ms=10 * MINUTE,
                pickup_ms=10 * MINUTE,
                merge_wait_ms=1 * MINUTE,
            )
        ],
    ),
    Example(
        # Change 1 is merged, then reverted by change 2, two minutes of work on a branch of its own:
        # those are change 2's; change 1 keeps what it took.
        "11 a revert is a change of its own",
        [
            *everybody(),
            beat("9:00"),
            beat("9:10"),
            created("9:10"),
            merged("9:30", sha="1" * 40),
            beat("11:00", on=2),
            beat("11:02", on=2),
            created("11:05", number=2),
            merged("11:10", number=2, sha="2" * 40),
            CommitRecorded(
                time=at("11:10"), repo="f/acme/web", sha="2" * 40, parents=1, revert_of="1" * 40
            ),
        ],
        [
            took(hand_ms=10 * MINUTE, coding_ms=10 * MINUTE, merge_wait_ms=20 * MINUTE),
            took(hand_ms=2 * MINUTE, coding_ms=5 * MINUTE, merge_wait_ms=5 * MINUTE),
        ],
    ),
    Example(
        # Merged 9:30, in production 9:50: it waited 20. The same commit again at 11:00 changes
        # nothing; a preview at 9:35 was not production.
        "12 a re-deployment is not the day it shipped",
        [
            *everybody(),
            beat("9:00"),
            beat("9:05"),
            created("9:10"),
            merged("9:30", sha="1" * 40),
            deployed("9:35", "1" * 40, environment="preview"),
            deployed("9:50", "1" * 40),
            deployed("11:00", "1" * 40),
        ],
        [
            took(
                hand_ms=5 * MINUTE,
                coding_ms=10 * MINUTE,
                merge_wait_ms=20 * MINUTE,
                deploy_wait_ms=20 * MINUTE,
            )
        ],
    ),
    Example(
        # The AI wrote file b for change 1 (merged 9:30). Three days later Ada rewrites it on the
        # branch of change 2: 20 lines out, 18 in, in 4 minutes. That is change 1's late correction;
        # the five minutes in file c are change 2's own.
        "rewriting an AI's lines after the merge is late correction of their change",
        [
            *everybody(),
            beat("9:00", entity=file("b"), category="ai coding", ai_lines=40, lines_added=40),
            beat("9:01", entity=file("c"), human_lines=1),
            created("9:10"),
            merged("9:30", added=41),
            beat("+3 9:00", on=2, entity=file("b")),
            beat("+3 9:04", on=2, entity=file("b"), **REWRITTEN),
            beat("+3 9:20", on=2, entity=file("c"), human_lines=1),
            beat("+3 9:25", on=2, entity=file("c"), human_lines=9, lines_added=9),
            created("+3 10:00", number=2),
            merged("+3 10:30", number=2, added=27),
        ],
        [
            took(
                correct_late_ms=4 * MINUTE,
                coding_ms=None,
                merge_wait_ms=20 * MINUTE,
            ),
            took(hand_ms=5 * MINUTE, coding_ms=40 * MINUTE, merge_wait_ms=30 * MINUTE),
        ],
    ),
    Example(
        # Ben reads for 3 minutes; Cleo, whose browser tells nothing, was at work 12 minutes before.
        "reviews are measured where everybody who gave one was seen reading",
        [
            *everybody(),
            beat("9:00"),
            beat("9:05"),
            created("9:10"),
            read("9:27"),
            reviewed("9:30"),
            beat("9:28", who=CLEO, on=MAIN),
            reviewed("9:40", who=CLEO),
            merged("9:50"),
            created("9:20", number=2),
            read("10:00", on=2),
            reviewed("10:03", number=2),
            merged("10:10", number=2),
        ],
        [
            {"review_tier": "host", "peer_review_ms": (3 + 12) * MINUTE},
            {"review_tier": "beats", "peer_review_ms": 3 * MINUTE},
        ],
    ),
]
