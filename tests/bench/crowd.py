"""One story and a thousand viewers: an event at a time, beside a bare loop of `send()`."""

import asyncio

from tests.bench.served import Side


async def one_at_a_time(side: Side, viewers: int, events: int = 40) -> float:
    """Microseconds a delivery, in one round: the next event is written when everybody has had the one before."""
    await side.author.begin(1)
    await side.open(viewers)
    side.author.prepare(0)
    before = side.seconds()
    for _ in range(events):
        await _say(side)
        received = (await side.readers.tell("expect", events=viewers))["received"]
        assert received == viewers, f"{side.name}: {received} of {viewers}"
    spent = side.seconds() - before
    await side.readers.tell("close")
    return 1e6 * spent / (events * viewers)


async def _say(side: Side) -> None:
    if side.name == "bare send()":
        _, writer = await asyncio.open_connection("127.0.0.1", side.port)
        writer.write(b"go")
        await writer.drain()
        writer.close()
    else:
        side.author.prepare(1)
        await side.author.publish()
