"""Regimes: how long people think, and how often and how long they are away.

A gap between two signs of life is thought, or absence, and nothing that is sent says which. So the
two mixtures are parameters: an estimator that only works under one of them has learnt that one.
"""

from dataclasses import dataclass
from random import Random

SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000


@dataclass(frozen=True)
class Part:
    """One part of a mixture: how often, how long in the middle, and how widely spread."""

    weight: float
    median_s: float
    sigma: float
    longest_s: float

    def draw_ms(self, random: Random) -> int:
        """Return one length."""
        drawn = self.median_s * random.lognormvariate(0, self.sigma)
        return int(1_000 * min(drawn, self.longest_s))


Mixture = tuple[Part, ...]


def draw_ms(mixture: Mixture, random: Random) -> int:
    """Return one length from a mixture, in milliseconds."""
    chance = random.random() * sum(part.weight for part in mixture)
    for part in mixture:
        chance -= part.weight
        if chance < 0:
            return part.draw_ms(random)
    return mixture[-1].draw_ms(random)


@dataclass(frozen=True)
class Regime:
    """How a population works."""

    pauses: Mixture
    """Between two signs of life of somebody who is at it: typing, looking up, thinking."""
    breaks: Mixture
    """Away from it: coffee, a talk at the desk, an errand. Lunch and meetings come on top."""
    minutes_between_breaks: float
    """Of attention, on average."""


RHYTHM = Part(0.93, 88, 0.6, 240)
"""Typing, saving, moving: an editor's plugin says so at once or within its two minutes."""

REGIMES = {
    "usual": Regime(
        pauses=(RHYTHM, Part(0.06, 200, 0.55, 1200), Part(0.01, 480, 0.45, 1800)),
        breaks=(Part(0.55, 420, 0.6, 1800), Part(0.45, 1100, 0.5, 5400)),
        minutes_between_breaks=48,
    ),
    "hasty": Regime(
        pauses=(Part(0.97, 45, 0.6, 200), Part(0.03, 150, 0.5, 600)),
        breaks=(Part(0.6, 360, 0.6, 1800), Part(0.4, 1200, 0.5, 5400)),
        minutes_between_breaks=40,
    ),
    "pondering": Regime(
        pauses=(RHYTHM, Part(0.09, 300, 0.6, 1800), Part(0.03, 600, 0.5, 2400)),
        breaks=(Part(0.5, 480, 0.6, 1800), Part(0.5, 1200, 0.5, 5400)),
        minutes_between_breaks=60,
    ),
    "interrupted": Regime(
        pauses=(RHYTHM, Part(0.05, 200, 0.55, 1200)),
        breaks=(Part(0.8, 300, 0.5, 1200), Part(0.2, 1200, 0.5, 5400)),
        minutes_between_breaks=22,
    ),
    "secluded": Regime(
        pauses=(RHYTHM, Part(0.06, 240, 0.6, 1500), Part(0.015, 540, 0.5, 2400)),
        breaks=(Part(0.3, 600, 0.5, 1800), Part(0.7, 1800, 0.5, 7200)),
        minutes_between_breaks=95,
    ),
}
"""Five populations. Nobody was measured for them: they are guesses that span what is plausible."""
