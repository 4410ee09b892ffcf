"""Desk: one person's clock, hands and editor for as long as they are free.

Whatever is done at a desk takes time, and only ``attend`` is attention. The truth hears of that,
the editor's plugin of what the hands do; the two are never made from each other.
"""

from random import Random

from connectors.simulator.engineers import Engineer
from connectors.simulator.noise import Noise
from connectors.simulator.regime import MINUTE, SECOND, Regime, draw_ms
from connectors.simulator.signals import Beat, Signals
from connectors.simulator.truth import Truth
from connectors.simulator.work import Work

IDLE_BEAT_MS = 120_000


class Desk:
    """Where one person sits."""

    def __init__(
        self,
        engineer: Engineer,
        regime: Regime,
        noise: Noise,
        random: Random,
        signals: Signals,
        truth: Truth,
    ) -> None:
        self.engineer = engineer
        self.regime = regime
        self.noise = noise
        self.random = random
        self.signals = signals
        self.truth = truth
        self.now = 0
        self.until = 0
        self.attended_ms = 0
        """All the attention that was ever given here."""
        self._beats = signals.beats.setdefault(engineer.login, [])
        self._last: Beat | None = None

    @property
    def open(self) -> bool:
        """Whether there is time left before whatever is next in the calendar."""
        return self.now < self.until

    def attend(self, label: str, work: Work, length_ms: int) -> None:
        """Give attention to a change."""
        if length_ms > 0:
            stop = self.now + length_ms
            self.truth.attended(self.engineer.login, work.id, label, self.now, stop)
            self.now = stop
            self.attended_ms += length_ms

    def rest(self, length_ms: int) -> None:
        """Be away, or wait; an idle plugin claims to be in use for a while."""
        stop = self.now + max(length_ms, 0)
        if self.engineer.has_idle_plugin and self._last and not self._last.is_page:
            at = self.now + IDLE_BEAT_MS
            while at < min(stop, self.now + 30 * MINUTE):
                idle = self._last._replace(at_ms=at, is_write=False)
                self._beats.append(idle._replace(added=0, removed=0, ai=0, human=0))
                at += IDLE_BEAT_MS
        self.now = stop

    def rest_until(self, at_ms: int) -> None:
        """Wait for a moment, if it is still to come."""
        self.rest(at_ms - self.now)

    def pause(self, longest_ms: int) -> int:
        """Return how long it takes to the next sign of life, thinking included."""
        drawn = draw_ms(self.regime.pauses, self.random)
        return max(min(drawn, longest_ms, self.until - self.now + 20 * SECOND), SECOND)

    def glance(self) -> int:
        """Return how long it takes to do something after sitting down."""
        return int(self.random.uniform(2, 15) * SECOND)

    def maybe_break(self, attended_ms: int) -> bool:
        """Go away for a while, or not: the longer one has worked, the likelier."""
        between = self.regime.minutes_between_breaks * MINUTE
        if self.random.random() >= attended_ms / between:
            return False
        self.rest(draw_ms(self.regime.breaks, self.random))
        return True

    def type_in(
        self, work: Work, file: str, *, added: int = 0, removed: int = 0, write: bool = False
    ) -> None:
        """Let the plugin notice what the hands did in a file."""
        chance = self.random.random()
        category = "debugging" if chance < 0.07 else "coding"
        self._notice(
            work,
            Beat(
                self.now,
                f"{self.engineer.home}/{file}",
                category,
                is_write=write,
                added=added,
                removed=removed,
                human=max(added, removed),
            ),
        )

    def agent_wrote(self, work: Work, file: str, at_ms: int, added: int, removed: int) -> None:
        """Let the plugin notice what the agent did; now and then it takes it for the human."""
        posing = self.random.random() < self.noise.posing
        beat = Beat(
            at_ms,
            f"{self.engineer.home}/{file}",
            "coding" if posing else "ai coding",
            is_write=True,
            added=added,
            removed=removed,
            ai=0 if posing else max(added, removed),
            human=max(added, removed) if posing else 0,
        )
        self._notice(work, beat)

    def read_page(self, page: str, repo: str) -> None:
        """Let the browser's plugin notice which page is read, if there is such a plugin."""
        if self.engineer.has_browser_plugin:
            self._last = Beat(self.now, page, "code reviewing", project=repo)
            self._beats.append(self._last)

    def _notice(self, work: Work, beat: Beat) -> None:
        branch = "main" if work.on_main else work.branch
        # The late correction of one change is made on the branch of another.
        self._last = beat._replace(branch=branch, project=self.engineer.home.rpartition("/")[2])
        self._beats.append(self._last)
