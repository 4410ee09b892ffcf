"""A line between a broker and its clients that can be cut, held up and made slow.

The broker must advertise the line's address, so that clients use no other. Every connection has two
threads, one a direction; they end with it.
"""

import socket
import time
from contextlib import suppress
from threading import Condition, Thread

PIECE_BYTES = 1 << 16


class Proxy:
    """A port through which every connection to the broker goes, until ``close``."""

    def __init__(self, broker_port: int) -> None:
        self.delay_s = 0.0
        """How long each piece takes, in either direction."""
        self.unheard_bytes = 0
        """What the broker has answered and no client has heard."""
        self._broker_port = broker_port
        self._changed = Condition()
        self._held: set[str] = set()
        self._sockets: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = Thread(target=self._accept)
        self._thread.start()

    def hold(self, *directions: str) -> None:
        """Let nothing through that is going ``up`` to the broker, or ``down`` from it."""
        with self._changed:
            self._held = set(directions)
            self._changed.notify_all()

    def flow(self) -> None:
        """Let everything through again."""
        self.hold()

    def cut(self) -> None:
        """Cut every connection; what it held is lost. New ones are taken at once."""
        with self._changed:
            cut, self._sockets = self._sockets, set()
            self.unheard_bytes = 0
            self._changed.notify_all()
        for one in cut:
            _end(one)

    def close(self) -> None:
        """Take no more connections, and cut those there are."""
        _end(self._listener)
        self._thread.join()
        self.cut()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._join(client)

    def _join(self, client: socket.socket) -> None:
        try:
            broker = socket.create_connection(("127.0.0.1", self._broker_port))
        except OSError:
            _end(client)
            return
        with self._changed:
            self._sockets |= {client, broker}
        for direction, source, target in (("up", client, broker), ("down", broker, client)):
            Thread(target=self._pump, args=(direction, source, target), daemon=True).start()

    def _pump(self, direction: str, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(PIECE_BYTES):
                with self._changed:
                    if direction == "down" and self._holds(direction, source):
                        self.unheard_bytes += len(piece)
                    while self._holds(direction, source):
                        self._changed.wait()
                    if source not in self._sockets:
                        break
                time.sleep(self.delay_s)
                target.sendall(piece)
        with self._changed:
            self._sockets -= {source, target}
        for one in (source, target):
            _end(one)

    def _holds(self, direction: str, source: socket.socket) -> bool:
        return direction in self._held and source in self._sockets


def _end(one: socket.socket) -> None:
    with suppress(OSError):
        # Wakes whoever waits for it, as closing alone does not.
        one.shutdown(socket.SHUT_RDWR)
    one.close()
