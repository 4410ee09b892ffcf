"""Backlog: what a team might do next, and how a new change comes into being."""

from random import Random

from connectors.simulator.engineers import Engineer
from connectors.simulator.noise import Noise
from connectors.simulator.numbers import Numbers
from connectors.simulator.work import Work, ai_share, planned

VERBS = ("Speed up", "Rework", "Test", "Simplify", "Repair", "Extend", "Move", "Document")
THINGS = (
    "invoice export",
    "basket",
    "search index",
    "retry queue",
    "login page",
    "settings",
    "price list",
    "audit trail",
    "push messages",
    "address book",
)
MODULES = ("core", "web", "jobs", "store", "ledger")
PARTS = ("api", "model", "views", "client", "queue", "rules", "format", "cache", "schema", "tasks")
POOL = tuple(f"src/{module}/{part}.py" for module in MODULES for part in PARTS)


def begin(
    author: Engineer, adopted: bool, number: int, ids: Numbers, noise: Noise, random: Random
) -> Work:
    """Return a change that somebody is about to begin."""
    share = ai_share(author, adopted, random)
    subject = f"{random.choice(VERBS)} the {random.choice(THINGS)}"
    own = random.sample(POOL, random.choice((2, 2, 3, 4, 5)))
    new = [f"src/{random.choice(MODULES)}/{_slug(subject)}_{number}_{n}.py" for n in range(3)]
    ai_files: list[str] = []
    if share:
        count = 1 if share < 0.3 else random.choice((1, 2, 3))
        ai_files = new[:count]
        if random.random() < 0.35:
            ai_files[0] = own[0]
        own = own[: max(1, round(len(own) * (1 - share)))]
    slug = _slug(subject).replace("_", "-")
    work = Work(
        id=ids.next(),
        number=number,
        author=author,
        subject=subject,
        branch=f"{author.login}/{slug}-{number}",
        files=list(dict.fromkeys([*own, *ai_files])),
        ai_files=ai_files,
        uses_ai=False,
        marked=share > 0 and random.random() < 0.7,
        pieces=[],
        draft=random.random() < 0.15,
        on_main=random.random() < noise.on_main,
        renames=random.random() < noise.renamed,
        doomed=random.random() < 0.05,
        unreviewed=random.random() < 0.04,
    )
    return planned(work, share, random)


def undo(author: Engineer, wrong: Work, number: int, ids: Numbers) -> Work:
    """Return the change that takes another one back, as the forge's own button makes it."""
    work = Work(
        id=ids.next(),
        number=number,
        author=author,
        subject=f'Revert "{wrong.subject}"',
        branch=f"revert-{wrong.number}-{wrong.branch}",
        files=wrong.files,
        ai_files=[],
        uses_ai=False,
        marked=False,
        pieces=[],
        peer_review_ms=70_000,
        reverts=wrong,
        removed=sum(wrong.lines()),
    )
    work.wrote(wrong.files[0], human=wrong.removed)
    return work


def _slug(subject: str) -> str:
    return subject.lower().replace(" ", "_")
