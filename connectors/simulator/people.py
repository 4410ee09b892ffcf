"""The people of the invented organisation, and their teams. Nobody here exists."""

from dataclasses import dataclass
from datetime import date, timedelta

OWNER = "larchwood-example"
"""The organisation's account at the forge."""


@dataclass(frozen=True)
class Team:
    """A team, its repository, and the tool that it was given at some point."""

    name: str
    tool: str
    week: int
    """The roll-out's, from 0."""

    def started(self, first: date) -> date:
        """Return the day of the roll-out, for weeks that begin at ``first``."""
        return first + timedelta(weeks=self.week)


TEAMS = (
    Team("payments", "claude_code", 2),
    Team("checkout", "cursor", 3),
    Team("search", "codex", 2),
    Team("platform", "claude_code", 4),
    Team("mobile", "copilot", 1),
)


@dataclass(frozen=True)
class Person:
    """Somebody who does not exist."""

    name: str
    team: Team
    number: int
    """Their account's, at the forge."""

    @property
    def login(self) -> str:
        """Their account at the forge."""
        return self.name.lower().replace(" ", "-")

    @property
    def email(self) -> str:
        """Their address."""
        return f"{self.name.lower().replace(' ', '.')}@{OWNER}.test"


NAMES = (
    "Imogen Hartwell",
    "Casper Brambleby",
    "Odette Nightwood",
    "Lionel Fernsby",
    "Marguerite Applegarth",
    "Barnaby Quickstone",
    "Sunniva Ravensdale",
    "Everard Thornbury",
    "Philippa Wetherell",
    "Thaddeus Oakhampton",
    "Rosalind Silverton",
    "Ignatius Marchbanks",
    "Clementine Windlass",
    "Ambrose Greymoor",
    "Henrietta Foxcroft",
    "Leopold Lambswick",
    "Winifred Pennyfold",
    "Augustin Starling",
    "Cordelia Underhay",
    "Benedikt Birchall",
    "Seraphina Copperfall",
    "Humphrey Dunmere",
    "Beatrix Eastlake",
    "Mortimer Frostwick",
    "Felicity Goldsworth",
    "Cornelius Hazelmere",
    "Ottoline Ivoryton",
    "Percival Juniperson",
    "Guinevere Kestrelman",
    "Fabian Longmeadow",
    "Arabella Millbrook",
    "Quentin Netherby",
    "Millicent Orchardson",
    "Rupert Pemberlow",
    "Theodora Quillfoot",
    "Valentin Rosemount",
    "Josephine Stonecrop",
    "Magnus Tanglewood",
    "Eleanora Vinegrove",
    "Sylvester Wychwood",
)

PEOPLE = tuple(
    Person(name, TEAMS[index % len(TEAMS)], 7_100_001 + index) for index, name in enumerate(NAMES)
)

TRYING = [person for person in PEOPLE if person.team.name == "platform"][:3]
"""Who tries a tool that nobody rolled out: too few to be shown."""
