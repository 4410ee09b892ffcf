"""Numbers: the forge's ids, one after the other."""

from itertools import count


class Numbers:
    """A counter of its own for everything that needs an id."""

    def __init__(self, first: int) -> None:
        self._count = count(first)

    def next(self) -> int:
        """Return a number that was not given before."""
        return next(self._count)
