"""Clients that push heartbeats known by a number, and remember which were acknowledged."""

import random
import threading
from collections.abc import Sequence
from itertools import count

import httpx

from tests.kafka.collected import BEGIN, EDITOR

EVERY_S = 200
"""Seconds of invented time between two heartbeats: a few minutes of chaos are weeks of work."""
TRIES = 40


class Clients:
    """Threads that push, each heartbeat to whichever collector answers, until told to stop.

    A heartbeat without an answer is pushed again, as real clients do; so is one in twenty that had
    its answer. Half of them come late, by as much as nine days.
    """

    def __init__(
        self, urls: Sequence[str], token: str, threads: int, chance: random.Random
    ) -> None:
        self.sent: set[int] = set()
        self.acknowledged: set[int] = set()
        self.again = 0
        self._urls, self._token = urls, token
        self._numbers = count()
        self._stop = threading.Event()
        self._seeds = [chance.random() for _ in range(threads)]
        self._threads = [threading.Thread(target=self._push_on, args=(s,)) for s in self._seeds]

    def start(self) -> None:
        """Begin to push."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Return when nobody pushes any more."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _push_on(self, seed: float) -> None:
        chance = random.Random(seed)
        headers = {"authorization": f"Bearer {self._token}", "user-agent": EDITOR}
        with httpx.Client(headers=headers, timeout=10) as line:
            while not self._stop.is_set():
                self._push(line, next(self._numbers), chance)
                self._stop.wait(chance.uniform(0, 0.02))

    def _push(self, line: httpx.Client, number: int, chance: random.Random) -> None:
        beat = {"time": time_of(number), "entity": "/home/larkspur-ada/a.py", "type": "file"}
        self.sent.add(number)
        for _ in range(TRIES):
            try:
                said = line.post(f"{chance.choice(self._urls)}/api/v1/heartbeats", json=beat)
                kept = said.status_code == httpx.codes.CREATED
            except httpx.HTTPError:
                kept = False
            if kept:
                self.acknowledged.add(number)
                if chance.random() > 0.05:
                    return
            self.again += 1
            if self._stop.wait(chance.uniform(0.05, 0.3)):
                return


def time_of(number: int) -> int:
    """Return when a heartbeat was, in seconds: no two at one time, half of them long ago."""
    late_days = random.Random(number).choice((0, 0, 0, 1, 3, 9))
    return BEGIN + number * EVERY_S - late_days * 86_400 - number % 10


def numbers_of(times: set[int], upto: int) -> tuple[set[int], set[int]]:
    """Return which heartbeats have these times, and the times that no heartbeat has."""
    known = {time_of(number): number for number in range(upto)}
    return {known[time] for time in times & known.keys()}, times - known.keys()
