"""One client that pushes heartbeats at a rate, as many at once as WakaTime's client does."""

import threading
import time
from collections import Counter

import httpx

from tests.kafka.collected import BEGIN, EDITOR

REQUESTS_HZ = 40
"""Requests a second: a token may say 50."""
MADE_UP_FOR_S = 2.0


class Pusher:
    """A thread that pushes until told to stop; a heartbeat is known by its number.

    What is not answered 201 is not pushed again, but counted.
    """

    def __init__(self, url: str, token: str, rate_hz: int, first: int) -> None:
        self.acknowledged: set[int] = set()
        self.turned_away: Counter[str] = Counter()
        """How often it was not, by status or error."""
        self.slowest_s = 0.0
        self._url, self._token = url, token
        self._at_once = rate_hz // REQUESTS_HZ
        self._next = first
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._push_on)
        self._thread.start()

    def stop(self) -> None:
        """Return when it pushes no more."""
        self._stop.set()
        self._thread.join()

    def _push_on(self) -> None:
        headers = {"authorization": f"Bearer {self._token}", "user-agent": EDITOR}
        due = time.monotonic()
        with httpx.Client(base_url=self._url, headers=headers, timeout=20) as line:
            while not self._stop.wait(max(0.0, due - time.monotonic())):
                self._push(line, range(self._next, self._next + self._at_once))
                self._next += self._at_once
                # A slow answer is made up for; a machine that stood still is not, or the token
                # would send faster than it may.
                due = max(due + 1 / REQUESTS_HZ, time.monotonic() - MADE_UP_FOR_S)

    def _push(self, line: httpx.Client, numbers: range) -> None:
        file = {"entity": "/home/larkspur-ada/a.py", "type": "file"}
        beats = [{"time": BEGIN + number, **file} for number in numbers]
        sent = time.monotonic()
        try:
            said = str(line.post("/api/v1/heartbeats.bulk", json=beats).status_code)
        except httpx.HTTPError as problem:
            said = type(problem).__name__
        self.slowest_s = max(self.slowest_s, time.monotonic() - sent)
        if said == "201":
            self.acknowledged.update(numbers)
        else:
            self.turned_away[said] += 1
