"""What goes on beside a service ends with it, and it with that."""

import asyncio

import pytest

from services.common.lifetime import going_on


async def test_work_goes_on_while_the_body_runs_and_is_cancelled_then() -> None:
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    async with going_on(work()):
        await begun.wait()
        assert not cancelled.is_set()
    assert cancelled.is_set()


async def test_a_body_does_not_live_on_without_its_work() -> None:
    async def work() -> None:
        raise LookupError("lost")

    with pytest.raises(ExceptionGroup) as ended:
        async with going_on(work()):
            await asyncio.Event().wait()
    assert ended.group_contains(LookupError, match="lost")
