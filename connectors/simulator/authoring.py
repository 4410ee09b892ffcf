"""Authoring: what somebody does to a change in an editor, and with an agent."""

from connectors.simulator.agent import Agent
from connectors.simulator.desk import Desk
from connectors.simulator.regime import MINUTE, SECOND, draw_ms
from connectors.simulator.work import Piece, Work

LABELS = {
    "hand": "hand",
    "correct": "correct_early",
    "late": "correct_late",
    "rework": "rework",
}


def edit(desk: Desk, work: Work, piece: Piece, longest_ms: int | None = None) -> None:
    """Work by hand on a piece, on the branch of ``work``, until it is done or time is up."""
    random = desk.random
    stop = desk.until if longest_ms is None else min(desk.until, desk.now + longest_ms)
    file = random.choice(piece.files)
    rate = piece.lines / piece.left_ms if piece.left_ms else 0.0
    back = True
    while piece.left_ms > 0 and desk.now < stop:
        drawn = desk.glance() if back else desk.pause(piece.left_ms)
        gap = min(drawn, piece.left_ms)
        desk.attend(LABELS[piece.kind], piece.change, gap)
        piece.left_ms -= gap
        piece.typed += rate * gap
        done = piece.left_ms <= 0
        write = done or (not back and random.random() < 0.6)
        lines = 0
        if write:
            lines = min(piece.lines, round(piece.typed) if not done else piece.lines)
            piece.lines -= lines
            piece.typed -= lines
        added, removed = _written(work, piece, file, lines, random.random())
        desk.type_in(work, file, added=added, removed=removed, write=write)
        if random.random() < 0.22:
            file = random.choice(piece.files)
        back = desk.maybe_break(gap)


def _written(work: Work, piece: Piece, file: str, lines: int, chance: float) -> tuple[int, int]:
    """Note typed lines where they count; return how many were added and removed."""
    if not lines:
        return 0, 0
    if piece.kind == "late":
        added = round(lines * (0.5 + chance))
        work.wrote(file, human=added)
        return added, lines
    if piece.kind == "correct" or (piece.kind == "rework" and chance < 0.6):
        work.corrected(file, lines)
        return lines, lines
    work.wrote(file, human=lines)
    return lines, round(lines * 0.3 * chance)


def prompt(desk: Desk, work: Work, label: str, agent: Agent) -> None:
    """Say what is wanted: collect one's thoughts, type or paste, send."""
    random = desk.random
    chars = int(min(max(140 * random.lognormvariate(0, 0.8), 8), 4000))
    typing = min(chars * random.uniform(130, 260), 150 * SECOND)
    collecting = 9 * SECOND * random.lognormvariate(0, 0.9)
    if random.random() < 0.06:
        # What to ask for may take longer than asking.
        collecting += draw_ms(desk.regime.pauses[1:] or desk.regime.pauses, random)
    desk.attend(label, work, int(collecting + typing))
    agent.prompted(desk.now, chars)


def run(desk: Desk, work: Work, piece: Piece, label: str | None = None) -> None:
    """Let the agent write a piece; ``label`` says what all of it is, if not what it seems.

    A run that the human ends by refusing an edit leaves a piece for another one.
    """
    random = desk.random
    agent = Agent.of(desk, work)
    prompt(desk, work, label or "prompt", agent)
    agent.look_around()
    edits = max(1, min(4, round(piece.lines / 12)))
    lines = [piece.lines // edits + (n < piece.lines % edits) for n in range(edits)]
    left = piece.lines
    for count in filter(None, lines):
        file = random.choice(piece.files)
        agent.propose()
        if not desk.engineer.trusting:
            _wait(desk, work, agent.now)
            _read(desk, work, count, label or "self_review", file, in_editor=0.25)
            refused = random.random() < 0.1
            agent.decided(desk.now, accepted=not refused)
            if refused:
                work.unread += count
                again = max(left - random.randrange(count + 1), 1)
                work.pieces.insert(0, Piece("run", 0, again, piece.files, work))
                return
        removed = round(count * random.uniform(0, 0.4))
        agent.wrote(file, count, removed)
        work.wrote(file, ai=count)
        left -= count
    agent.finish()
    if desk.engineer.trusting:
        _wait(desk, work, agent.now)
        for count in filter(None, lines):
            _read(desk, work, count, label or "self_review", random.choice(piece.files), 1.0)
    elif random.random() < 0.5:
        desk.rest_until(agent.now)
    desk.now = max(desk.now, agent.now - 5 * SECOND)


def _wait(desk: Desk, work: Work, until_ms: int) -> None:
    """Wait for the agent; some write on meanwhile, some are away when it asks."""
    random = desk.random
    waits = until_ms - desk.now
    own = next((piece for piece in work.pieces if piece.kind == "hand" and piece.lines), None)
    if own and waits > 20 * SECOND and random.random() < 0.2 and not work.first_review_ms:
        edit(desk, work, own, longest_ms=waits)
    desk.rest_until(until_ms)
    if random.random() < 0.05:
        desk.rest(draw_ms(desk.regime.breaks, random))
    else:
        desk.rest(int(random.expovariate(1 / (4 * SECOND))))


def _read(desk: Desk, work: Work, lines: int, label: str, file: str, in_editor: float) -> None:
    """Read what the agent wrote, sometimes with a look into the file."""
    random = desk.random
    if label == "self_review":
        share = work.self_review_ms * lines / max(work.unread, lines)
        work.self_review_ms -= int(share)
        work.unread -= lines
    else:
        share = 4 * SECOND * lines
    left = int(share * random.lognormvariate(-0.08, 0.4)) + 2 * SECOND
    while left > 0:
        gap = min(left, desk.pause(left) if left > MINUTE else left)
        desk.attend(label, work, gap)
        left -= gap
        if left > 0 and random.random() < max(in_editor, 0.0):
            desk.type_in(work, file)
