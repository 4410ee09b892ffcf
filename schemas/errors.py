"""What can go wrong, grouped by what to do next.

Our exception tree:

    UpshotError
    ├── Fatal       someone must change something first           exit 1
    ├── Usage       the command was called wrongly                exit 2
    ├── LostRace    another writer was first; run it again        exit 3
    ├── Unsent      the broker refused; a restart goes on         exit 4
    └── Rejected    one item is not understood; count it, go on   no exit

Every error is one line that names the source and the field (never a value: values may be
people) and one line with the next step. All of them pickle, because workers raise them too.
"""


class UpshotError(Exception):
    """A problem, and what the reader can do about it."""

    exit_code = 1

    def __init__(self, problem: str, next_step: str = "") -> None:
        super().__init__(problem, next_step)
        self.problem = problem
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.problem}. {self.next_step}".rstrip(". ") + "."


class Fatal(UpshotError):
    """The job cannot go on until someone changes something."""


class Usage(UpshotError):
    """The command was called with something that cannot be meant."""

    exit_code = 2


class LostRace(UpshotError):
    """Another writer committed first; nothing was published and a rerun is safe."""

    exit_code = 3


class Unsent(UpshotError):
    """A record was not acknowledged and never will be; a restart sends it from the spool again.

    The Kafka client may be unusable by then: leave the process without closing it.
    """

    exit_code = 4


class Rejected(UpshotError):
    """One item could not be understood; it is kept with its reason and the rest goes on."""
