"""What was answered 2xx is in the log: under a kill, a full disk, a stop, and a crowd."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import msgspec
import pytest

from tests.collect.conftest import TOKEN, Running, Start, furnish, kept

HEADERS = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
CLIENTS = 24


def numbers(folder: Path) -> list[int]:
    return [msgspec.json.decode(delivery.body)["number"] for delivery in kept(folder)]


def push_until_gone(url: str, client: int, most: int) -> list[int]:
    """Push numbers of one's own, two a request; return those that were acknowledged."""
    acknowledged: list[int] = []
    with httpx.Client(headers=HEADERS, timeout=20) as line:
        for turn in range(most):
            pair = [client * 100_000 + 2 * turn, client * 100_000 + 2 * turn + 1]
            try:
                answer = line.post(f"{url}/tiny.bulk", json=[{"number": one} for one in pair])
            except httpx.TransportError:
                return acknowledged
            assert answer.status_code == 201, answer.text
            acknowledged += pair
    return acknowledged


def crowd(running: Running, most: int) -> list[int]:
    with ThreadPoolExecutor(CLIENTS) as clients:
        pushed = clients.map(lambda one: push_until_gone(running.url, one, most), range(CLIENTS))
        return [number for acknowledged in pushed for number in acknowledged]


@pytest.mark.parametrize(
    "place",
    ["append:9", "append+:9", "fsync:9", "fsync+:9", "collect-answer:50", "collect-answer+:50"],
)
def test_a_kill_at_any_step_loses_nothing_that_was_acknowledged(start: Start, place: str) -> None:
    running = start(fault=place)
    acknowledged = crowd(running, most=1000)
    assert running.process.wait(20) == -signal.SIGKILL, "the fault was never reached"
    assert acknowledged
    found = numbers(running.folder)
    assert len(found) == len(set(found)), "no client sent anything twice"
    assert set(acknowledged) <= set(found)

    again = start()
    assert again.post("/tiny", b'{"number": -1}').status_code == 201
    assert numbers(again.folder) == [*found, -1]


def test_many_at_once_share_an_fsync(start: Start) -> None:
    running = start()
    acknowledged = crowd(running, most=20)
    assert len(acknowledged) == CLIENTS * 40
    assert sorted(acknowledged) == sorted(numbers(running.folder))
    requests = running.meter("upshot_collect_fsync_requests_sum")
    fsyncs = running.meter("upshot_collect_fsync_requests_count")
    assert requests == CLIENTS * 20
    assert fsyncs < requests / 2


def test_it_stops_with_0_when_all_that_it_began_is_answered(start: Start) -> None:
    running = start()
    with ThreadPoolExecutor(1) as clients:
        pushing = clients.submit(push_until_gone, running.url, 1, 100_000)
        while (
            running.meter('upshot_collect_items_total{kind="beat",outcome="kept",source="tiny"}')
            < 20
        ):
            time.sleep(0.01)
        code, told = running.stop()
        acknowledged = pushing.result()
    assert (code, told) == (0, "")
    assert acknowledged == numbers(running.folder)[: len(acknowledged)]
    assert len(numbers(running.folder)) <= len(acknowledged) + 2


def test_a_body_under_way_is_waited_for_when_it_stops(start: Start) -> None:
    running = start()

    def slowly() -> Iterator[bytes]:
        yield b'{"number"'
        running.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        yield b": 7}"

    answer = httpx.post(running.url + "/tiny", content=slowly(), headers=HEADERS, timeout=20)
    assert answer.status_code == 201
    assert running.stop() == (0, "")
    assert numbers(running.folder) == [7]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    if os.geteuid() or subprocess.run(mount, check=False, stderr=subprocess.DEVNULL).returncode:
        pytest.skip("a small disk can only be mounted by root")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


@pytest.mark.parametrize("free_bytes", [0, 300_000], ids=["to the last byte", "to the floor"])
def test_a_full_disk_is_507_until_there_is_space_and_no_acknowledged_byte_is_lost(
    small_disk: Path, start: Start, free_bytes: int
) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * 200_000)
    running = start(folder=furnish(small_disk), free_bytes=free_bytes)
    acknowledged: list[int] = []
    statuses: list[int] = []
    for number in range(400):
        body = msgspec.json.encode({"number": number, "text": "x" * 5000})
        answer = running.post("/tiny", body)
        statuses.append(answer.status_code)
        if answer.status_code == 201:
            acknowledged.append(number)
        elif len(statuses) > statuses.index(507) + 5:
            break
    assert set(statuses) == {201, 507}
    assert answer.json()["next_step"]
    assert int(answer.headers["retry-after"]) > 0
    assert running.get("/health").status_code == 200
    assert running.get("/ready").status_code == 503
    assert numbers(small_disk) == acknowledged
    ballast.unlink()
    assert running.get("/ready").status_code == 200
    assert running.post("/tiny", b'{"number": -1}').status_code == 201
    assert running.stop()[0] == 0
    assert numbers(small_disk) == [*acknowledged, -1]
