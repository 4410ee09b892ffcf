"""What no client may use up: time, connections, headers, its rate."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from urllib.parse import urlsplit

import pytest

from connectors.collect.limits import Bucket, Held
from connectors.collect.refused import Refused
from tests.collect.conftest import TOKEN, Running, Start

HEAD = (
    b"POST /tiny HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    b"authorization: Bearer %s\r\n" % TOKEN.encode()
)


@contextmanager
def line(running: Running) -> Iterator[socket.socket]:
    """Open a bare connection."""
    where = urlsplit(running.url)
    with socket.create_connection((where.hostname, where.port or 0), timeout=20) as opened:
        yield opened


def heard(opened: socket.socket) -> bytes:
    """Return all that comes until the other end closes, or cuts the line."""
    said = b""
    try:
        while part := opened.recv(65536):
            said += part
    except ConnectionResetError:
        return said
    return said


def answered(opened: socket.socket) -> bytes:
    """Return one answer, of a connection that goes on."""
    said = b""
    while b"\r\n\r\n" not in said:
        said += opened.recv(65536)
    head, _, body = said.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += opened.recv(65536)
    return head


def test_a_body_that_stops_is_408_in_time_and_leaves_nothing(start: Start) -> None:
    running = start(body_s=0.3)
    with line(running) as slow:
        slow.sendall(HEAD + b'content-length: 13\r\n\r\n{"number"')
        began = time.monotonic()
        said = heard(slow)
    assert said.startswith(b"HTTP/1.1 408 ")
    assert b'"next_step"' in said
    assert time.monotonic() - began < 10
    assert running.kept() == []
    assert running.meter('upshot_collect_refused_total{reason="slow"}') == 1


def test_a_sender_of_one_byte_at_a_time_has_no_more_time_than_others(start: Start) -> None:
    running = start(body_s=0.5)
    with line(running) as slow:
        slow.sendall(HEAD + b"content-length: 1000\r\n\r\n")
        slow.settimeout(0.05)
        said = b""
        for _ in range(100):
            slow.sendall(b" ")
            try:
                said = slow.recv(100)
            except TimeoutError:
                continue
            break
    assert said.startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize("sent", [b"", b"POST /tiny HTTP/1.1\r\nho"], ids=["nothing", "half"])
def test_headers_that_do_not_come_end_the_connection(start: Start, sent: bytes) -> None:
    running = start(head_s=0.3)
    with line(running) as silent:
        silent.sendall(sent)
        assert heard(silent)[:13] == (b"HTTP/1.1 408 " if sent else b"")


def test_headers_that_do_not_come_after_an_answer_end_the_connection(start: Start) -> None:
    running = start(head_s=0.3)
    with line(running) as second:
        second.sendall(HEAD + b"content-length: 2\r\n\r\n[]")
        assert answered(second).startswith(b"HTTP/1.1 201 ")
        second.sendall(b"POST /ti")
        assert heard(second).startswith(b"HTTP/1.1 408 ")


def test_headers_beyond_their_limit_are_431(start: Start) -> None:
    running = start(head_bytes=4096)
    with line(running) as large:
        large.sendall(HEAD + b"x: " + b"y" * 5000)
        said = heard(large)
    assert said.startswith(b"HTTP/1.1 431 ")
    assert b'"next_step"' in said


def test_what_is_not_http_is_400(start: Start) -> None:
    with line(start()) as other:
        other.sendall(b"\x16\x03\x01 hello\r\n\r\n")
        assert heard(other).startswith(b"HTTP/1.1 400 ")


def test_one_who_was_refused_early_may_not_go_on_for_ever(start: Start) -> None:
    running = start(linger_s=0.3)
    with line(running) as endless:
        endless.sendall(b"POST /nobody HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n")
        assert answered(endless).startswith(b"HTTP/1.1 404 ")
        began = time.monotonic()
        heard(endless)
    assert 0.1 < time.monotonic() - began < 10


def test_one_who_was_refused_early_may_finish_and_ask_again(start: Start) -> None:
    running = start()
    with line(running) as same:
        same.sendall(b"POST /nobody HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n")
        assert answered(same).startswith(b"HTTP/1.1 404 ")
        same.sendall(b"x" * 9 + HEAD + b"content-length: 2\r\n\r\n[]")
        assert answered(same).startswith(b"HTTP/1.1 201 ")


def test_a_client_that_hangs_up_in_its_body_leaves_nothing(start: Start) -> None:
    running = start()
    with line(running) as gone:
        gone.sendall(HEAD + b'content-length: 13\r\n\r\n{"number": 1')
    assert running.post("/tiny", b"[]").status_code == 201
    assert running.kept() == []


def test_one_connection_too_many_is_503_and_far_too_many_are_cut(start: Start) -> None:
    running = start(connections=3)
    with line(running) as a, line(running) as b, line(running) as c, line(running) as crowded:
        for opened in (a, b, c):
            opened.sendall(HEAD + b"content-length: 2\r\n\r\n[]")
            assert answered(opened).startswith(b"HTTP/1.1 201 ")
        crowded.sendall(HEAD + b"content-length: 2\r\n\r\n[]")
        said = heard(crowded)
        assert said.startswith(b"HTTP/1.1 503 ")
        assert b'"next_step"' in said
        with line(running) as d, line(running) as e, line(running) as f, line(running) as cut:
            assert heard(cut) == b""
            for waiting in (d, e, f):
                waiting.sendall(HEAD + b"content-length: 2\r\n\r\n[]")
                assert heard(waiting).startswith(b"HTTP/1.1 503 ")
        a.sendall(HEAD + b"content-length: 2\r\n\r\n[]")
        assert answered(a).startswith(b"HTTP/1.1 201 ")
    assert running.post("/tiny", b"[]").status_code == 201


def test_bodies_that_do_not_fit_into_memory_together_are_503(start: Start) -> None:
    running = start(held_bytes=500)
    with line(running) as holds:
        holds.sendall(HEAD + b"content-length: 450\r\n\r\n" + b" " * 400)
        time.sleep(0.3)
        assert running.post("/tiny", b"[]" + b" " * 200).status_code == 503
        assert running.post("/tiny", b"[]").status_code == 201
        holds.sendall(b" " * 48 + b"[]")
        assert answered(holds).startswith(b"HTTP/1.1 201 ")
    assert running.post("/tiny", b"[]" + b" " * 400).status_code == 201


def test_a_token_beyond_its_rate_is_429_and_told_when_to_come_back(start: Start) -> None:
    running = start()
    with (running.folder / "secrets.toml").open("a") as file:
        file.write(f"""
            [[token]]
            id = "hasty"
            source = "tiny"
            sha256 = "{sha256(b"hasty").hexdigest()}"
            rate = 0.2
        """)
    running.process.send_signal(1)
    deadline = time.monotonic() + 20
    while (first := running.post("/tiny", b"[]", authorization="Bearer hasty")).status_code == 401:
        assert time.monotonic() < deadline
    assert first.status_code == 201
    answers = [running.post("/tiny", b"[{}]", authorization="Bearer hasty") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 429, 429]
    assert 1 <= int(answers[1].headers["retry-after"]) <= 5
    assert "hasty" in answers[1].json()["error"]
    assert running.post("/tiny", b"[]").status_code == 201, "the rate is the token's"
    assert len(running.kept()) == 1


def test_a_bucket_gives_its_rate_and_ten_seconds_worth_at_once() -> None:
    bucket = Bucket(2.0, 100.0)
    assert [bucket.take(100.0) for _ in range(21)] == [0.0] * 20 + [0.5]
    assert bucket.take(100.25) == 0.25
    assert bucket.take(100.5) == 0.0
    assert [bucket.take(1000.0) for _ in range(21)] == [0.0] * 20 + [0.5]


def test_memory_that_was_refused_is_not_counted() -> None:
    held = Held(10)
    held.take(7)
    with pytest.raises(Refused, match="memory"):
        held.take(4)
    held.take(3)
    held.give_back(10)
    held.take(10)
