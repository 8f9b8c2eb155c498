"""Hear of every story that is finished while this runs. Needs: pip install "faststream[nats]"."""

import asyncio
import os
from typing import Any

from faststream import FastStream
from faststream.nats import NatsBroker

NATS_URL = os.environ.get("NATS_URL", "nats://127.0.0.1:4222")
broker = NatsBroker(NATS_URL, max_reconnect_attempts=-1, logger=None)
app = FastStream(broker, logger=None)


@broker.subscriber("story.*.processing.complete")
async def finished(story: dict[str, Any]) -> None:
    """Called for each of them."""
    print(f"{story['storyId']}: {story['generatedWordCount']} words: {story['generatedContent'][:40]!r}...", flush=True)


@app.after_startup
async def listening() -> None:
    """Called once, when the subscription is on its way; after the flush NATS has it, and nothing can be missed."""
    await broker.connection.flush()
    print("listening", flush=True)


if __name__ == "__main__":
    asyncio.run(app.run())
