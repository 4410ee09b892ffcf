"""One fsync for many, and what the waiting are told when there is none."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from connectors import spool_writer
from connectors.collect.gather import Gather, Synced
from connectors.log import NoSpace
from schemas.errors import Fatal
from tests.spools import ID, delivery, new_log, unreadable

MANY = 200


def gathered(
    folder: Path,
    work: Callable[[Gather], Coroutine[Any, Any, None]],
    free_bytes: Callable[[], int] = lambda: 10**9,
) -> tuple[list[Synced], list[Fatal]]:
    """Do some work with a gather; return its fsyncs, and what broke it for good."""
    synced: list[Synced] = []
    broken: list[Fatal] = []

    async def main() -> None:
        gather = Gather(appender, free_bytes, 1000, synced.append, broken.append)
        await work(gather)
        await gather.close()

    with new_log(folder).writer() as appender:
        asyncio.run(main())
    return synced, broken


def test_all_that_came_together_is_kept_by_one_fsync(tmp_path: Path) -> None:
    async def work(gather: Gather) -> None:
        await asyncio.gather(*(gather.keep([delivery(number)]) for number in range(MANY)))

    [one], broken = gathered(tmp_path, work)
    assert (one.requests, one.deliveries, broken) == (MANY, MANY, [])
    assert new_log(tmp_path).offsets(ID) == (0, MANY)


def test_below_the_floor_nothing_is_written_and_with_space_it_goes_on(tmp_path: Path) -> None:
    free = [10**9]

    async def work(gather: Gather) -> None:
        await gather.keep([delivery(0)])
        free[0] = 1000
        with pytest.raises(NoSpace, match="less free disk space"):
            await gather.keep([delivery(7)])
        assert not gather.room()
        free[0] = 10**9
        assert gather.room()
        await gather.keep([delivery(1)])

    synced, broken = gathered(tmp_path, work, lambda: free[0])
    assert (len(synced), broken) == (2, [])
    assert unreadable(new_log(tmp_path)) == {}
    assert new_log(tmp_path).offsets(ID) == (0, 2)


def test_a_failed_fsync_is_told_to_all_that_waited_and_ends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[BaseException | None] = []
    heard: list[Fatal] = []

    def fail(file: int) -> None:
        raise OSError(5, "gone")

    async def work(gather: Gather) -> None:
        gather._broken = heard.append
        monkeypatch.setattr(spool_writer, "_datasync", fail)
        waiting = (gather.keep([delivery(number)]) for number in range(3))
        said.extend(await asyncio.gather(*waiting, return_exceptions=True))

    with pytest.raises(Fatal, match="Input/output error"):
        gathered(tmp_path, work)
    assert [type(problem) for problem in said] == [Fatal] * 3
    assert len(heard) == 1


def test_one_who_left_does_not_keep_the_others_waiting(tmp_path: Path) -> None:
    async def work(gather: Gather) -> None:
        leaving = asyncio.create_task(gather.keep([delivery(0)]))
        staying = asyncio.create_task(gather.keep([delivery(1)]))
        await asyncio.sleep(0)
        leaving.cancel()
        await staying

    [one], _ = gathered(tmp_path, work)
    assert one.requests == 2
    assert new_log(tmp_path).offsets(ID) == (0, 2)
