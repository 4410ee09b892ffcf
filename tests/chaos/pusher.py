"""One client that pushes heartbeats at a rate, as many at once as WakaTime's client does."""

import threading
import time

import httpx

from tests.kafka.collected import BEGIN, EDITOR

REQUESTS_HZ = 40
"""Requests a second: a token may say 50."""


class Pusher:
    """A thread that pushes until told to stop; a heartbeat is known by its number.

    What is not answered 201 is not pushed again: whoever asks sees that it was turned away.
    """

    def __init__(self, url: str, token: str, rate_hz: int, first: int) -> None:
        self.acknowledged: set[int] = set()
        self.turned_away = 0
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
                # From when it was due, not from now: a slow answer is made up for.
                due += 1 / REQUESTS_HZ

    def _push(self, line: httpx.Client, numbers: range) -> None:
        file = {"entity": "/home/larkspur-ada/a.py", "type": "file"}
        beats = [{"time": BEGIN + number, **file} for number in numbers]
        sent = time.monotonic()
        try:
            answer = line.post("/api/v1/heartbeats.bulk", json=beats)
            kept = answer.status_code == httpx.codes.CREATED
        except httpx.HTTPError:
            kept = False
        self.slowest_s = max(self.slowest_s, time.monotonic() - sent)
        if kept:
            self.acknowledged.update(numbers)
        else:
            self.turned_away += 1
