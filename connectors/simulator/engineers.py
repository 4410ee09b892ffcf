"""Engineers: what a person of the organisation is like at work."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random

from connectors.simulator.people import OWNER, PEOPLE, TEAMS, Person, Team
from connectors.simulator.regime import HOUR, MINUTE


@dataclass(frozen=True)
class Zone:
    """A time zone for these months: its hours east of UTC, and the day its summer begins."""

    hours: float
    summer: date | None = None

    def midnight_ms(self, day: date) -> int:
        """Return when a day begins there, in milliseconds since 1970 UTC."""
        hours = self.hours + (self.summer is not None and day >= self.summer)
        begins = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=hours)
        return round(begins.timestamp() * 1000)


BERLIN = Zone(1, date(2026, 3, 29))
LONDON = Zone(0, date(2026, 3, 29))
NEW_YORK = Zone(-5, date(2026, 3, 8))
PUNE = Zone(5.5)

HOMES = {
    "payments": (BERLIN, LONDON),
    "checkout": (LONDON, BERLIN),
    "search": (NEW_YORK, LONDON),
    "platform": (BERLIN, PUNE),
    "mobile": (NEW_YORK, NEW_YORK),
}
"""Where most of a team live, and where two of them do."""

CONTAINERS = {"search", "platform"}
"""Teams that work in containers, where everybody's clone lies in the same place."""

EDITORS = (
    "vscode/1.107.0 vscode-wakatime/25.5.1",
    "vscode/1.106.2 vscode-wakatime/25.4.0",
    "neovim/0.11.5 vim-wakatime/11.3.0",
    "PyCharm/2025.3 PyCharm-wakatime/15.0.3",
)


@dataclass(frozen=True)
class Engineer:
    """A person, and what distinguishes their days from others'."""

    person: Person
    zone: Zone
    begins_ms: int
    """Of the day, after local midnight; each day differs a little."""
    hours_ms: int
    adopted: date
    """The first day with the AI tool."""
    leaning: float
    """The AI's part of their lines, from 0 to 1, in the middle of those changes that have any."""
    trusting: bool
    """Lets the agent write without being asked for each edit, and reads it afterwards."""
    has_browser_plugin: bool
    """Without it, only the forge knows of their reviews."""
    has_idle_plugin: bool
    """Whose editor goes on saying that it is in use when nobody is there."""
    clock_off_ms: int
    """How wrong the clock of their machine is."""
    agent: str
    """How their editor's plugin calls itself."""

    @property
    def login(self) -> str:
        """Their account, at the forge and for their editor."""
        return self.person.login

    @property
    def home(self) -> str:
        """Where their clone lies."""
        name = self.person.team.name
        return f"/workspaces/{name}" if name in CONTAINERS else f"/home/{self.login}/src/{name}"


def staff(
    seed: int, teams: Sequence[Team], rollouts: dict[str, date], idle_share: float
) -> tuple[Engineer, ...]:
    """Return everybody of these teams; equal for equal arguments."""
    found = []
    for team in teams:
        random = Random(f"{seed}/staff/{team.name}")
        members = [person for person in PEOPLE if person.team == team]
        leanings = [(place + random.random()) / len(members) for place in range(len(members))]
        random.shuffle(leanings)
        homes = HOMES[team.name]
        for place, (person, leaning) in enumerate(zip(members, leanings, strict=True)):
            found.append(
                Engineer(
                    person=person,
                    zone=homes[place in (2, 5)],
                    begins_ms=int(HOUR * random.uniform(8.4, 10)),
                    hours_ms=int(HOUR * random.uniform(7.6, 9)),
                    adopted=rollouts[team.name] + timedelta(days=random.choice((0, 0, 1, 3, 7))),
                    leaning=leaning,
                    trusting=random.random() < 0.22,
                    has_browser_plugin=place not in (3, 6) if team is not TEAMS[0] else place != 3,
                    has_idle_plugin=random.random() < idle_share,
                    clock_off_ms=round(random.gauss(0, 1_500)),
                    agent=f"wakatime/v1.130.1 (linux-6.8.0-x86_64) go1.24.4 "
                    f"{random.choice(EDITORS)}",
                )
            )
    return tuple(found)


def rollouts(seed: int, teams: Sequence[Team], first: date, weeks: int) -> dict[str, date]:
    """Return the day on which each team gets the AI tool: about half way, a week or so apart."""
    random = Random(f"{seed}/rollouts")
    middle = weeks // 2
    steps = [-1, -1, 0, 0, 1] if weeks >= 6 else [0] * 5
    random.shuffle(steps)
    return {
        team.name: first + timedelta(weeks=middle + step, days=random.randrange(3))
        for team, step in zip(teams, steps, strict=False)
    }


def free_times(engineer: Engineer, day: date, random: Random) -> list[tuple[int, int]]:
    """Return the stretches of a day in which somebody is free to work; none on a day off."""
    if day.weekday() >= 5 or random.random() < 0.05:
        return []
    midnight = engineer.zone.midnight_ms(day)
    begins = midnight + engineer.begins_ms + round(random.gauss(0, 12 * MINUTE))
    ends = begins + engineer.hours_ms + round(random.gauss(0, 20 * MINUTE))
    lunch = midnight + round(random.uniform(12, 13.2) * HOUR)
    busy = [(lunch, lunch + round(random.uniform(25, 60) * MINUTE))]
    stand_up = midnight + 10 * HOUR
    busy.append((stand_up, stand_up + round(random.uniform(10, 20) * MINUTE)))
    for _ in range(random.choice((0, 1, 1, 2, 3))):
        meets = begins + round(random.uniform(1, 8) * HOUR)
        busy.append((meets, meets + random.choice((25, 30, 50, 60)) * MINUTE))
    return _without(begins, ends, sorted(busy))


def _without(begins: int, ends: int, busy: list[tuple[int, int]]) -> list[tuple[int, int]]:
    free = []
    at = begins
    for start, stop in busy:
        if min(start, ends) - at > 6 * MINUTE:
            free.append((at, min(start, ends)))
        at = max(at, stop)
    if ends - at > 6 * MINUTE:
        free.append((at, ends))
    return free


def address(login: str) -> str:
    """Return the mail address of a robot of the organisation."""
    return f"{login}@{OWNER}.test"
