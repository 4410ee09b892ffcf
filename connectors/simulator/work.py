"""Work: a change as those who make it see it, and what it is going to take.

How much attention goes into reviewing and correcting, against writing, is a curve over the AI's
share of the lines: ``BURDEN``. It is made up, and about what the prototype's population had.
"""

import math
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random
from typing import Literal, NamedTuple

from connectors.simulator.engineers import Engineer
from connectors.simulator.regime import MINUTE, SECOND


class Burden(NamedTuple):
    """Attention for each unit of attention that goes into writing and prompting."""

    self_review: float
    correct_early: float
    peer_review: float
    rework: float
    correct_late: float


BURDEN = {
    0.0: Burden(0.0, 0.0, 0.16, 0.125, 0.0),
    0.15: Burden(0.07, 0.07, 0.18, 0.14, 0.035),
    0.38: Burden(0.16, 0.17, 0.22, 0.18, 0.08),
    0.63: Burden(0.53, 0.53, 0.50, 0.42, 0.26),
    0.88: Burden(1.56, 1.29, 1.33, 1.10, 0.74),
    1.0: Burden(1.90, 1.60, 1.60, 1.30, 0.90),
}
"""By the AI's share of the lines; between these it is a line."""

HAND_S_A_LINE = 75
LINES_A_RUN = 36
PROMPT_S = 62

Kind = Literal["hand", "run", "correct", "late", "rework"]


@dataclass
class Piece:
    """Something to be done, as far as it is not done yet."""

    kind: Kind
    left_ms: int
    lines: int
    files: list[str]
    change: "Work"
    """Whose attention it is: of a late correction, the change that is corrected."""
    typed: float = 0.0
    """Lines that are due and not yet saved."""


@dataclass
class Work:
    """A change on its way, and everything that is known of it so far."""

    id: int
    number: int
    author: Engineer
    subject: str
    branch: str
    files: list[str]
    ai_files: list[str]
    uses_ai: bool
    marked: bool
    """Says in its description that the agent helped."""
    pieces: list[Piece]
    unread: int = 0
    """Lines of the agent's that nobody has looked at."""
    self_review_ms: int = 0
    peer_review_ms: int = 0
    rework_ms: int = 0
    correct_late_ms: int = 0
    draft: bool = False
    on_main: bool = False
    renames: bool = False
    reverts: "Work | None" = None
    ledger: dict[str, list[int]] = field(default_factory=dict)
    """By file: lines alive that the AI wrote, and that a human did."""
    removed: int = 0
    session: str = ""
    session_day: int = -1
    created_ms: int = 0
    opened_ms: int = 0
    ready_ms: int = 0
    first_review_ms: int = 0
    approved_ms: int = 0
    ended_ms: int = 0
    merged: bool = False
    doomed: bool = False
    """Will be turned down."""
    unreviewed: bool = False
    """Will be merged without waiting for anybody."""
    sent_back_by: Engineer | None = None
    pushes: int = 0
    merge_sha: str = ""

    @property
    def repo(self) -> str:
        """The repository's name."""
        return self.author.person.team.name

    def lines(self) -> tuple[int, int]:
        """Return the lines alive of the AI, and of humans."""
        rows = self.ledger.values()
        return sum(ai for ai, _ in rows), sum(human for _, human in rows)

    def wrote(self, file: str, *, ai: int = 0, human: int = 0) -> None:
        """Note new lines in a file."""
        row = self.ledger.setdefault(file, [0, 0])
        row[0] += ai
        row[1] += human

    def corrected(self, file: str, lines: int) -> int:
        """Replace the AI's lines in a file by a human's, as many as there are; return how many."""
        row = self.ledger.setdefault(file, [0, 0])
        taken = min(lines, row[0])
        row[0] -= taken
        row[1] += taken
        return taken


def burden(share: float) -> Burden:
    """Return what a change of an AI share takes."""
    for (low, below), (high, above) in pairwise(BURDEN.items()):
        if share <= high:
            part = (share - low) / (high - low)
            return Burden(*(a + part * (b - a) for a, b in zip(below, above, strict=True)))
    return BURDEN[1.0]


def ai_share(engineer: Engineer, adopted: bool, random: Random) -> float:
    """Return which part of the next change's lines the AI is to write."""
    if not adopted or random.random() < 0.15:
        return 0.0
    lean = min(max(engineer.leaning + 0.35 * max(engineer.leaning - 0.4, 0), 0.08), 0.95)
    return min(max(random.betavariate(3.6 * lean, 3.6 * (1 - lean)), 0.04), 1.0)


def planned(work: Work, share: float, random: Random) -> Work:
    """Give a change its pieces and budgets."""

    def about(amount: float, sigma: float = 0.3) -> int:
        return int(amount * random.lognormvariate(-sigma * sigma / 2, sigma))

    total = max(4, round(118 * (1 + 0.5 * share) * random.lognormvariate(0, 0.65)))
    ai_kept = round(total * share)
    human = total - ai_kept
    corrected = round(ai_kept * random.uniform(0.06, 0.16))
    runs = math.ceil((ai_kept + corrected) / LINES_A_RUN) if ai_kept else 0
    hand_ms = about(human * HAND_S_A_LINE * (1 - 0.45 * share) * SECOND)
    authored = hand_ms + runs * PROMPT_S * SECOND
    costs = burden(share)
    early_ms = about(authored * costs.correct_early)
    work.uses_ai = runs > 0
    work.unread = ai_kept + corrected
    work.self_review_ms = about(authored * costs.self_review)
    work.peer_review_ms = about(authored * costs.peer_review)
    # Not every change is sent back, or corrected later; those that are bear it for the others.
    sent_back = 0.4 + 0.45 * share
    if random.random() < sent_back:
        work.rework_ms = about(authored * costs.rework / sent_back)
    late = 0.1 + 0.35 * share
    if random.random() < late:
        work.correct_late_ms = about(authored * costs.correct_late / late)
    work.removed = round(total * random.uniform(0.05, 0.6))
    work.pieces = _pieces(work, human, hand_ms, ai_kept + corrected, corrected, early_ms, random)
    return work


def _pieces(
    work: Work,
    human: int,
    hand_ms: int,
    written: int,
    corrected: int,
    early_ms: int,
    random: Random,
) -> list[Piece]:
    """Return what is to be done up to the opening, in the order in which it will be done."""
    own = [file for file in work.files if file not in work.ai_files] or work.files
    hand: list[Piece] = []
    chunks = max(1, round(hand_ms / (20 * MINUTE)))
    for part in split(hand_ms, chunks, random):
        # Now and then people write on where the agent began.
        files = work.files if random.random() < 0.15 else own
        lines = round(human * part / hand_ms) if hand_ms else 0
        hand.append(Piece("hand", part, lines, files, work))
    if not written:
        return hand
    runs = max(1, math.ceil(written / LINES_A_RUN))
    pieces: list[Piece] = []
    corrections = split(early_ms, runs, random)
    for lines, early in zip(split(written, runs, random), corrections, strict=True):
        files = random.sample(work.ai_files, min(len(work.ai_files), random.choice((1, 1, 2))))
        pieces.append(Piece("run", 0, lines, files, work))
        rewritten = round(corrected * early / early_ms) if early_ms else 0
        if early:
            pieces.append(Piece("correct", early, rewritten, files, work))
    for piece in hand:
        pieces.insert(random.randrange(len(pieces) + 1), piece)
    return pieces


def split(whole: int, parts: int, random: Random) -> list[int]:
    """Return uneven parts that add up to the whole."""
    weights = [random.uniform(0.5, 1.5) for _ in range(parts)]
    ends = [round(whole * sum(weights[: n + 1]) / sum(weights)) for n in range(parts)]
    return [end - start for start, end in zip([0, *ends], ends, strict=False)]
