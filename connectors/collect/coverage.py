"""Coverage: the stretches of which the collector may say that it has told all that was pushed.

It vouches for a stretch when it was up for all of it and answered nobody with a 5xx: what a client
could not deliver then may be lost, and no table may call those hours complete. A stretch ends a
little before the word is given, so that a request still under way can spoil it.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from connectors.source import Covered

LAG = timedelta(minutes=1)


class Coverage:
    """What may be vouched for, by source. Times are UTC and come from the caller."""

    def __init__(self, sources: Iterable[str], since: datetime) -> None:
        self._since = dict.fromkeys(sources, since)

    def spoil(self, at: datetime) -> None:
        """Begin anew: somebody was turned away, and what they had to say is not known."""
        self._since = dict.fromkeys(self._since, at)

    def until(self, end: datetime) -> Iterator[tuple[str, Covered]]:
        """Yield, by source, the stretch up to ``end`` that was not yet given."""
        for source, since in self._since.items():
            if since < end:
                yield source, Covered(since, end)

    def given(self, end: datetime) -> None:
        """Go on from ``end``: the word up to there is kept."""
        self._since = {source: max(since, end) for source, since in self._since.items()}
