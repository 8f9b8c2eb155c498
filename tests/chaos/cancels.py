"""How long a cancel takes, from the request to the terminal event: `python -m tests.chaos.cancels --stories 200`."""

import argparse
import asyncio
import statistics
import sys
import time
from contextlib import aclosing

import aiohttp

from deploy.client import StoryClient
from tests import tokens
from tests.e2e.stack import running

SCRIPT = '{"words": 100000, "pace": 0.02}'  # a story that does not end by itself while it is watched


async def cancelled_after(client: StoryClient, address: str, turn: int) -> float:
    """Seconds from the request to `story:processing:cancelled`, of a story that is being written."""
    story_id = await client.submit(b"A fox sold umbrellas.", name="fox.txt", title=f"Fox {turn}")
    began = 0.0
    async with aclosing(client.watch(story_id)) as events:
        async for event in events:
            if event.data.get("progress") == 50:
                await asyncio.sleep(0.3)  # words flow
                began = time.monotonic()
                async with aiohttp.request(
                    "POST", f"{address}/api/stories/{story_id}/cancel", headers=tokens.bearer(await client.token())
                ) as answer:
                    assert answer.status == 202, await answer.text()
    assert event.name == "story:processing:cancelled", event
    return time.monotonic() - began


async def measured(address: str, stories: int, at_once: int) -> list[float]:
    slots = asyncio.Semaphore(at_once)

    async def one(client: StoryClient, turn: int) -> float:
        async with slots:
            return await cancelled_after(client, address, turn)

    async with StoryClient(address) as client:
        return await asyncio.gather(*(one(client, turn) for turn in range(stories)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stories", type=int, default=200)
    parser.add_argument("--at-once", type=int, default=8)
    options = parser.parse_args()
    with running(STORYWIRE_MODEL="scripted", STORYWIRE_SCRIPT=SCRIPT) as stack:
        took = asyncio.run(measured(stack.address, options.stories, options.at_once))
    shares = statistics.quantiles(took, n=100)
    sys.stdout.write(
        f"{len(took)} cancels, {options.at_once} stories at once: "
        f"p50 {shares[49] * 1000:.0f} ms, p99 {shares[98] * 1000:.0f} ms, max {max(took) * 1000:.0f} ms\n"
    )


if __name__ == "__main__":
    main()
