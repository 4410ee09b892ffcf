"""Noise: what goes wrong between somebody's hands and our ears."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from connectors.simulator.regime import HOUR
from connectors.simulator.signals import Beat

DAY = 24 * HOUR


@dataclass(frozen=True)
class Noise:
    """Shares from 0 to 1, each of what its words say."""

    lost: float = 0.02
    """Heartbeats that never arrive."""
    silent_hours: float = 0.01
    """Hours of one person in which the plugin was off."""
    twice: float = 0.03
    """Heartbeats that arrive twice."""
    late_hours: float = 0.05
    """Hours of one person whose heartbeats waited in the offline queue, hours on average."""
    very_late_hours: float = 0.004
    """The same for days, up to nine."""
    idle_plugins: float = 0.06
    """People whose editor claims to be in use when it is not."""
    posing: float = 0.10
    """The agent's writes that the plugin takes for the human's."""
    on_main: float = 0.05
    """Changes that are begun on ``main``."""
    renamed: float = 0.04
    """Changes whose branch is renamed on the way."""


QUIET = Noise(**dict.fromkeys(Noise.__dataclass_fields__, 0.0))
"""A world in which everything arrives, once, at once and as it was."""


def arrivals(beats: list[Beat], noise: Noise, random: Random) -> Iterator[tuple[int, Beat]]:
    """Yield when each heartbeat of one person arrives, in milliseconds; some never, some twice."""
    hour, delay = -1, 0
    for beat in beats:
        if beat.at_ms // HOUR != hour:
            hour = beat.at_ms // HOUR
            delay = _delay(noise, random)
        if delay < 0 or random.random() < noise.lost:
            continue
        yield beat.at_ms + delay, beat
        if random.random() < noise.twice:
            yield beat.at_ms + delay + int(random.expovariate(1 / (2 * HOUR))), beat


def _delay(noise: Noise, random: Random) -> int:
    """Return how long an hour's heartbeats wait; less than 0 when they are lost."""
    chance = random.random() - noise.silent_hours
    if chance < 0:
        return -1
    chance -= noise.very_late_hours
    if chance < 0:
        return int(random.uniform(1, 9) * DAY)
    chance -= noise.late_hours
    return int(random.expovariate(1 / (4 * HOUR))) if chance < 0 else 0
