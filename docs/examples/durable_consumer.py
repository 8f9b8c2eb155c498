"""Hear of every finished story, those included that are finished while this is down. Needs: pip install nats-py.

NATS remembers under the name `example-librarian` which stories have been acknowledged. Run it twice at once, and the two
share the work. Storywire's own consumers are called `store` and `generator`: keep off these names.
"""

import asyncio
import json
import os
import signal

import nats
from nats.aio.msg import Msg
from nats.js.api import ConsumerConfig

STREAM, NAME, WANTED = "STORIES", "example-librarian", "story.*.processing.complete"
INBOX = "_INBOX.reader"  # where Storywire's user `reader` may hear answers
SETTINGS = ConsumerConfig(ack_wait=10)  # seconds; what is not acknowledged by then comes again


async def main() -> None:
    """Take what there is and what comes, until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    servers = os.environ.get("NATS_URL", "nats://127.0.0.1:4222")
    async with await nats.connect(servers, max_reconnect_attempts=-1, inbox_prefix=INBOX) as connection:
        stories = await connection.jetstream().pull_subscribe(WANTED, durable=NAME, stream=STREAM, config=SETTINGS)
        print("listening", flush=True)
        while not stop.is_set():
            try:
                messages = await stories.fetch(batch=10, timeout=1)
            except TimeoutError:  # nothing new, or NATS is away and will be back
                continue
            for message in messages:
                shelve(message)
                await message.ack()  # only now: had we crashed before, it would come again


def shelve(message: Msg) -> None:
    """Do the work. An event may come more than once: its `ce-id` is what a repeat has in common with the first."""
    story, headers = json.loads(message.data), message.headers or {}
    print(f"{story['storyId']}: {story['generatedWordCount']} words (event {headers['ce-id']})", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
