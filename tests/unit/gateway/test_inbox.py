import asyncio

from services.gateway.inbox import MOST_WAITING, Inbox
from services.gateway.refusal import Refused


class Clerk:
    """Notes what is handled and what is refused; handles nothing before it is let."""

    def __init__(self) -> None:
        self.let = asyncio.Event()
        self.busy = self.handled = 0
        self.refused: list[Refused] = []

    async def handle(self) -> None:
        self.busy += 1
        assert self.busy == 1
        await self.let.wait()
        self.busy -= 1
        self.handled += 1

    async def refuse(self, refused: Refused) -> None:
        self.refused.append(refused)


async def test_what_comes_too_fast_is_refused_and_says_when_to_try_again() -> None:
    clerk, inbox = Clerk(), Inbox(5, lambda: 0.0)
    clerk.let.set()
    for _ in range(12):
        await inbox.take(clerk.handle, clerk.refuse)
    assert (clerk.handled, len(clerk.refused)) == (10, 2)
    fault = clerk.refused[0].fault
    assert (fault.code, fault.limit, fault.retry_after) == ("too_many_events", 5, 1)


async def test_one_is_handled_at_a_time_and_few_wait() -> None:
    clerk, inbox = Clerk(), Inbox(1_000, lambda: 0.0)
    taking = [asyncio.create_task(inbox.take(clerk.handle, clerk.refuse)) for _ in range(MOST_WAITING + 3)]
    await asyncio.sleep(0)
    clerk.let.set()
    await asyncio.gather(*taking)
    assert (clerk.handled, len(clerk.refused)) == (MOST_WAITING, 3)
