"""Team: eight people, one repository, and whose turn it is.

People take turns at whatever is most urgent, each for as long as they are free; who becomes free
first is next. So what somebody finds waiting is what others had done by then.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from heapq import heapify, heappop, heappush
from random import Random

from connectors.simulator import forge
from connectors.simulator.authoring import edit, run
from connectors.simulator.backlog import begin, undo
from connectors.simulator.desk import Desk
from connectors.simulator.engineers import Engineer, free_times
from connectors.simulator.noise import Noise
from connectors.simulator.numbers import Numbers
from connectors.simulator.regime import HOUR, MINUTE, SECOND
from connectors.simulator.repository import Commit, squashed
from connectors.simulator.reviewing import Request, reading_ms, review
from connectors.simulator.work import Piece, Work

DAY = 24 * HOUR


@dataclass
class Team:
    """What a team has under way."""

    random: Random
    noise: Noise
    ids: Numbers
    numbers: Numbers
    """Of changes, in the repository."""
    desks: Sequence[Desk]
    works: list[Work] = field(default_factory=list)
    merged: list[Work] = field(default_factory=list)
    commits: list[Commit] = field(default_factory=list)
    """What that made of ``main``."""
    requests: list[Request] = field(default_factory=list)
    at_hand: dict[str, Work] = field(default_factory=dict)
    """What each is writing."""
    returned: dict[str, list[tuple[int, Work]]] = field(default_factory=dict)
    """Whose changes were sent back, approved or turned down, and when they get to it."""
    late: dict[str, list[tuple[int, Piece]]] = field(default_factory=dict)
    """Corrections of what is merged, by who will see the need, and when."""
    undoing: list[tuple[int, Engineer, Work]] = field(default_factory=list)

    def play(self, first: date, days: int) -> None:
        """Let everybody work through these days."""
        free = [self._calendar(desk.engineer, first, days) for desk in self.desks]
        ends = datetime(first.year, first.month, first.day, tzinfo=UTC) + timedelta(days=days)
        horizon = round(ends.timestamp() * 1000)
        turns = [(times[0][0], place) for place, times in enumerate(free) if times]
        heapify(turns)
        while turns:
            at, place = heappop(turns)
            times = free[place]
            while times and times[0][1] - at < 2 * MINUTE:
                times.pop(0)
            if not times or times[0][0] >= horizon:
                continue
            if times[0][0] > at:
                heappush(turns, (times[0][0], place))
                continue
            desk = self.desks[place]
            desk.now, desk.until = at, times[0][1]
            self._turn(desk)
            settle = int(self.random.expovariate(1 / (25 * SECOND))) + SECOND
            heappush(turns, (desk.now + settle, place))

    def _calendar(self, engineer: Engineer, first: date, days: int) -> list[tuple[int, int]]:
        random = Random(f"{self.random.random()}/{engineer.login}")
        found = []
        for day in range(days):
            found += free_times(engineer, first + timedelta(days=day), random)
        return found

    def _turn(self, desk: Desk) -> None:
        login = desk.engineer.login
        request = next(
            (
                one
                for one in self.requests
                if one.reviewer is desk.engineer and one.due_ms <= desk.now
            ),
            None,
        )
        back = next((one for one in self.returned.get(login, []) if one[0] <= desk.now), None)
        undo_now = next(
            (one for one in self.undoing if one[1] is desk.engineer and one[0] <= desk.now), None
        )
        if undo_now:
            self.undoing.remove(undo_now)
            self._undo(desk, undo_now[2])
        elif request and (request.begun or self.random.random() < 0.8):
            self._review(desk, request)
        elif back:
            self._go_on(desk, back)
        elif self.random.random() < 0.45:
            # Mail, plans, errands: whatever is in no repository of ours.
            desk.rest(int(self.random.uniform(10, 70) * MINUTE))
        else:
            self._write(desk)

    def _review(self, desk: Desk, request: Request) -> None:
        work = request.work
        if work.ended_ms and not request.begun and self.random.random() < 0.8:
            self.requests.remove(request)
            return
        request.begun = True
        state = review(desk, request, self.ids)
        if not state:
            return
        self.requests.remove(request)
        work.first_review_ms = work.first_review_ms or desk.now
        desk.signals.hooks.append(
            forge.reviewed(work, desk.now, self.ids.next(), desk.engineer, state)
        )
        if work.ended_ms:
            return
        if state == "approved":
            work.approved_ms = desk.now
            if not work.pieces:
                self._return(work, desk.now, 20)
        elif work.rework_ms > 0 or work.doomed:
            ai, human = work.lines()
            lines = round((ai + human) * self.random.uniform(0.04, 0.18))
            work.pieces = [Piece("rework", work.rework_ms, lines, work.files, work)]
            work.rework_ms = 0
            work.sent_back_by = desk.engineer
            self._return(work, desk.now, 45)
        else:
            self._ask(work, desk, desk.engineer, 0.2, again=True)

    def _return(self, work: Work, at_ms: int, minutes: float) -> None:
        """Let an author get to a change again, some time after they hear of it."""
        due = at_ms + int(minutes * MINUTE * self.random.lognormvariate(0, 0.9))
        self.returned.setdefault(work.author.login, []).append((due, work))

    def _ask(
        self, work: Work, desk: Desk, reviewer: Engineer, weight: float, *, again: bool = False
    ) -> None:
        due = desk.now + int(70 * MINUTE * self.random.lognormvariate(0, 1.0))
        left = reading_ms(work, weight, desk)
        self.requests.append(Request(work, reviewer, due, left, again=again))

    def _go_on(self, desk: Desk, back: tuple[int, Work]) -> None:
        """Do what a review asks for: work on it, merge it, or give it up."""
        work = back[1]
        mine = self.returned[desk.engineer.login]
        if work.doomed:
            mine.remove(back)
            self._end(desk, work)
        elif work.pieces:
            self._rework(desk, work)
            if work.pieces:
                return
            mine.remove(back)
            work.pushes += 1
            desk.signals.hooks.append(forge.stepped(work, desk.now, "synchronize"))
            self._checks(desk, work)
            if self.random.random() < 0.3:
                who = forge.user(desk.engineer)
                text = f"Done, thanks {desk.engineer.person.name}"
                hook = forge.said(work, desk.now + 2 * SECOND, self.ids.next(), who, text)
                desk.signals.hooks.append(hook)
            if work.sent_back_by:
                self._ask(work, desk, work.sent_back_by, 0.35, again=True)
        elif work.approved_ms and not work.ended_ms:
            mine.remove(back)
            work.merged = True
            self._end(desk, work)
        else:
            mine.remove(back)

    def _rework(self, desk: Desk, work: Work) -> None:
        piece = work.pieces[0]
        while piece.left_ms > 0 and desk.open:
            long_enough = piece.left_ms > 3 * MINUTE and desk.until - desk.now > 5 * MINUTE
            if work.uses_ai and long_enough and self.random.random() < 0.3:
                before = desk.attended_ms
                lines = max(2, min(piece.lines, 14))
                run(desk, work, Piece("run", 0, lines, work.ai_files, work), "rework")
                work.pieces = [piece]
                piece.left_ms -= desk.attended_ms - before
            else:
                edit(desk, work, piece, longest_ms=15 * MINUTE)
        if piece.left_ms <= 0:
            work.pieces = []

    def _write(self, desk: Desk) -> None:
        """Write at the change at hand, or begin one, for some tens of minutes."""
        login = desk.engineer.login
        work = self.at_hand.get(login)
        if work is None:
            today = datetime.fromtimestamp(desk.now // 1000, UTC).date()
            adopted = today >= desk.engineer.adopted
            number = self.numbers.next()
            work = begin(desk.engineer, adopted, number, self.ids, self.noise, self.random)
            self.at_hand[login] = work
            self.works.append(work)
        self._see_late(desk, work)
        whole, stop = len(work.pieces), desk.until
        desk.until = min(stop, desk.now + int(self.random.uniform(25, 80) * MINUTE))
        while work.pieces and desk.open:
            piece = work.pieces[0]
            if piece.kind == "run":
                if desk.until - desk.now < 3 * MINUTE:
                    break
                work.pieces.pop(0)
                run(desk, work, piece)
            else:
                edit(desk, work, piece)
                if piece.left_ms <= 0:
                    # By value it may equal another; by identity it is this one.
                    work.pieces = [one for one in work.pieces if one is not piece]
        work.on_main = False
        if work.renames and len(work.pieces) < whole:
            work.branch, work.renames = f"{work.branch}-again", False
        desk.until = stop
        if work.draft and not work.opened_ms and work.pieces and desk.open:
            self._open(desk, work)
        elif not work.pieces and desk.open:
            self._open(desk, work)
            del self.at_hand[login]

    def _see_late(self, desk: Desk, work: Work) -> None:
        """Come across what is wrong with something that is merged, and correct it here."""
        seen = self.late.get(desk.engineer.login, [])
        for due in [one for one in seen if one[0] <= desk.now]:
            seen.remove(due)
            if due[1].change.ended_ms + 20 * DAY > desk.now:
                work.pieces.insert(0, due[1])

    def _open(self, desk: Desk, work: Work) -> None:
        """Open the pull request, as a draft or for review; or say that the draft is ready."""
        desk.attend("hand", work, int(self.random.uniform(25, 110) * SECOND))
        hooks = desk.signals.hooks
        if not work.opened_ms:
            hooks.append(forge.pushed(work, desk.now - 5 * SECOND))
            work.created_ms = work.opened_ms = desk.now
            work.draft = bool(work.draft and work.pieces)
            hooks.append(forge.stepped(work, desk.now, "opened"))
            self._checks(desk, work)
            if self.random.random() < 0.15:
                at = desk.now + 90 * SECOND
                hooks.append(forge.said(work, at, self.ids.next(), forge.ROBOT, "Preview is up"))
        else:
            work.draft = False
            hooks.append(forge.stepped(work, desk.now, "ready_for_review"))
        if work.draft:
            return
        work.ready_ms = desk.now
        if work.unreviewed and not work.doomed:
            work.approved_ms = desk.now
            self._return(work, desk.now, 10)
            return
        peers = [one.engineer for one in self.desks if one.engineer is not desk.engineer]
        count = min(2 if self.random.random() < 0.25 else 1, len(peers))
        for place, reviewer in enumerate(self.random.sample(peers, count)):
            weight = (0.85 if work.rework_ms else 1.0) if not place else 0.5
            self._ask(work, desk, reviewer, weight * (0.75 if count == 2 else 1.0))

    def _checks(self, desk: Desk, work: Work) -> None:
        took = int(self.random.uniform(2, 14) * MINUTE)
        conclusion = "failure" if self.random.random() < 0.12 else "success"
        desk.signals.hooks.append(forge.ran(work, desk.now, self.ids.next(), took, conclusion))

    def _undo(self, desk: Desk, wrong: Work) -> None:
        work = undo(desk.engineer, wrong, self.numbers.next(), self.ids)
        self.works.append(work)
        self._open(desk, work)

    def _end(self, desk: Desk, work: Work) -> None:
        """Merge or close, and let what follows from that begin to be."""
        work.ended_ms = desk.now
        if work.merged:
            self.commits.append(squashed(work, desk.now, self.commits))
            work.merge_sha = self.commits[-1].object.sha
            self.merged.append(work)
            self._consequences(desk, work)
        desk.signals.hooks.append(forge.stepped(work, desk.now, "closed"))
        desk.now += 5 * SECOND

    def _consequences(self, desk: Desk, work: Work) -> None:
        ai, human = work.lines()
        peers = [one.engineer for one in self.desks if one.engineer is not work.author]
        if work.correct_late_ms and ai:
            seer = work.author if self.random.random() < 0.8 else self.random.choice(peers)
            due = desk.now + int(self.random.uniform(0.5, 14) * DAY)
            lines = min(ai, 1 + round(work.correct_late_ms / (40 * SECOND)))
            piece = Piece("late", work.correct_late_ms, lines, work.ai_files, work)
            self.late.setdefault(seer.login, []).append((due, piece))
        if not work.reverts and self.random.random() < 0.012 + 0.02 * ai / max(ai + human, 1):
            due = desk.now + int(self.random.uniform(1, 50) * HOUR)
            self.undoing.append((due, self.random.choice(peers), work))
