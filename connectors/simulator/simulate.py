"""Simulate: an organisation's weeks, as what its systems noticed and what really happened."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from random import Random

from connectors.simulator.deploying import deployments, tell
from connectors.simulator.desk import Desk
from connectors.simulator.engineers import Engineer, rollouts, staff
from connectors.simulator.noise import Noise
from connectors.simulator.numbers import Numbers
from connectors.simulator.people import OWNER, TEAMS
from connectors.simulator.regime import REGIMES, Regime
from connectors.simulator.repository import Commit
from connectors.simulator.signals import Signals
from connectors.simulator.team import DAY, Team
from connectors.simulator.truth import Truth, bucket
from connectors.simulator.work import Work

FIRST = date(2026, 1, 5)
"""A Monday."""


@dataclass(frozen=True)
class Organisation:
    """What is simulated; equal ones have equal histories."""

    seed: int = 7
    first: date = FIRST
    weeks: int = 12
    teams: int = len(TEAMS)
    regime: Regime = REGIMES["usual"]
    noise: Noise = Noise()  # noqa: RUF009  (frozen)

    @property
    def rollouts(self) -> dict[str, date]:
        """The day on which each team gets the AI tool."""
        return rollouts(self.seed, TEAMS[: self.teams], self.first, self.weeks)

    @property
    def staff(self) -> tuple[Engineer, ...]:
        """Everybody who works there."""
        teams = TEAMS[: self.teams]
        return staff(self.seed, teams, self.rollouts, self.noise.idle_plugins)

    @property
    def begins_ms(self) -> int:
        """The first moment of the first day, UTC."""
        first = self.first
        return round(datetime(first.year, first.month, first.day, tzinfo=UTC).timestamp() * 1000)

    @property
    def ends_ms(self) -> int:
        """The moment at which its last week is over, UTC."""
        return self.begins_ms + 7 * self.weeks * DAY


@dataclass(frozen=True)
class History:
    """What was noticed, and what is true."""

    signals: Signals
    truth: Truth
    commits: dict[str, list[Commit]]
    """What is on each repository's ``main``, by its name."""


def simulate(asked: Organisation) -> History:
    """Return the history of an organisation; equal for equal ones."""
    signals, truth = Signals(), Truth()
    commits = {}
    everybody = asked.staff
    for place, name in enumerate(asked.rollouts):
        random = Random(f"{asked.seed}/team/{name}")
        # Numbers of a repository of its own, so that no team's history depends on another's.
        ids = Numbers(2_400_000_000 + 10_000_000 * place)
        members = [one for one in everybody if one.person.team.name == name]
        desks = [Desk(one, asked.regime, asked.noise, random, signals, truth) for one in members]
        team = Team(random, asked.noise, ids, Numbers(101), desks)
        team.play(asked.first, 7 * asked.weeks)
        commits[name] = team.commits
        for deployment in deployments(name, team.works, random):
            truth.deployments.append(tell(deployment, ids, random, signals))
        sums = truth.sums()
        zero = dict.fromkeys(next(iter(sums.values())), 0)
        truth.changes += [_row(work, sums.get(work.id, zero)) for work in team.works]
    truth.deployments.sort(key=lambda row: (row["at_ms"], row["repo"], row["deployment"]))
    return History(signals, truth, commits)


def _row(work: Work, sums: dict[str, int]) -> dict[str, object]:
    """Return what is true of a change."""
    ai, human = work.lines()
    share = ai / (ai + human) if ai + human else 0.0
    outcome = "merged" if work.merged else "abandoned" if work.ended_ms else "open"
    return {
        "change": work.id,
        "repo": f"github.com/{OWNER}/{work.repo}",
        "number": work.number if work.opened_ms else None,
        "author": work.author.login,
        "team": work.repo,
        "outcome": outcome,
        "created_ms": work.created_ms or None,
        "ready_ms": work.ready_ms or None,
        "first_review_ms": work.first_review_ms or None,
        "approved_ms": work.approved_ms or None,
        "merged_ms": work.ended_ms if work.merged else None,
        **{f"{label}_ms": length for label, length in sums.items()},
        "lines_ai": ai,
        "lines_human": human,
        "ai_share": share,
        "bucket": bucket(share),
        "uses_ai": work.uses_ai,
        "is_revert": work.reverts is not None,
    }
