"""Reviewing: how somebody reads another's change in the browser, and what they say of it."""

from dataclasses import dataclass

from connectors.simulator import forge
from connectors.simulator.desk import Desk
from connectors.simulator.engineers import Engineer
from connectors.simulator.numbers import Numbers
from connectors.simulator.regime import MINUTE, SECOND
from connectors.simulator.work import Work

DRIVE_BY_MS = 20 * SECOND
PAGE_QUIET_MS = 120 * SECOND


@dataclass
class Request:
    """That somebody is to review a change."""

    work: Work
    reviewer: Engineer
    due_ms: int
    """From when on they would get to it."""
    left_ms: int
    """How much attention it is going to take."""
    again: bool = False
    """It was sent back before, and has been worked on."""
    begun: bool = False


def review(desk: Desk, request: Request, numbers: Numbers) -> str:
    """Read for as long as there is time; return the verdict, or nothing if it is not finished."""
    random = desk.random
    work = request.work
    pages = [forge.page(work), forge.page(work, "/files"), forge.page(work, "/commits")]
    page, seen = pages[0], -PAGE_QUIET_MS
    remarks = 0
    while request.left_ms > 0 and desk.open:
        if desk.now - seen >= PAGE_QUIET_MS or random.random() < 0.25:
            page = pages[1] if random.random() < 0.8 else random.choice(pages)
            desk.read_page(page, work.repo)
            seen = desk.now
        gap = min(request.left_ms, desk.pause(request.left_ms))
        desk.attend("peer_review", work, gap)
        request.left_ms -= gap
        if gap > 25 * SECOND and random.random() < 0.07:
            file = random.choice(work.files)
            hook = forge.remarked(work, desk.now, numbers.next(), desk.engineer, file)
            desk.signals.hooks.append(hook)
            remarks += 1
        if request.left_ms > 0 and desk.maybe_break(gap):
            seen = -PAGE_QUIET_MS
    if request.left_ms > 0:
        return ""
    return verdict(desk, request, remarks)


def verdict(desk: Desk, request: Request, remarks: int) -> str:
    """Return what a reviewer decides at the end."""
    work = request.work
    if work.doomed:
        return "changes_requested"
    if work.rework_ms > 0 and not request.again and not work.first_review_ms:
        return "changes_requested" if desk.random.random() < 0.75 else "commented"
    return "approved" if remarks == 0 or desk.random.random() < 0.9 else "commented"


def reading_ms(work: Work, weight: float, desk: Desk) -> int:
    """Return how much attention one review of a change takes."""
    if desk.random.random() < 0.05:
        return int(desk.random.uniform(4, 18) * SECOND)
    return max(int(work.peer_review_ms * weight * desk.random.lognormvariate(-0.04, 0.3)), MINUTE)
