"""`python -m tests.replay.writer --rate R`: stories written to JetStream, R events a second, until stdin ends.

Each event names the one that it follows, as every writer's does; those of one story come one after the other, those of many
at once. Says on stdout how far it is, one JSON object a line. Ends with a traceback when an event is refused.
"""

import argparse
import asyncio
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain

import nats
from nats.js import JetStreamContext

from contracts.envelope import Envelope
from contracts.events import Event, ProcessingCancelled, ProcessingComplete
from contracts.streams import STORIES
from contracts.subjects import story_events, story_subject, write_subject
from services.store.replay import seed

OWNER = "load"
_STRANDS = 25  # logs made up side by side, each of forty stories at a time
_ON_THEIR_WAY = 2_000  # events, at most
_PATIENCE = 60.0  # seconds for an acknowledgement
_SAID = 0.2  # seconds between two lines
_TICK = 0.01  # seconds between two looks at the clock; what is due by then is written together


class Writer:
    """Writes on an absolute schedule: what it could not write in time it writes as soon as it can."""

    def __init__(self, js: JetStreamContext, rate: int) -> None:
        self._js = js
        self._rate = rate
        self._room = asyncio.Semaphore(_ON_THEIR_WAY)
        self._last: dict[str, asyncio.Task[int]] = {}
        self.written = 0
        self.begun: list[str] = []
        """Stories whose first event is acknowledged, until somebody takes them away."""

    async def run(self, stop: asyncio.Event, events: int) -> None:
        """Write until stopped, `events` at most. Raises what JetStream answers to an event that it refuses."""
        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for number, (event, envelope) in enumerate(written(events)):
                if (early := began + number / self._rate - time.monotonic()) > 0:
                    await asyncio.sleep(max(early, _TICK))
                await self._room.acquire()
                if stop.is_set():
                    return
                before = self._last.get(event.story_id)
                self._last[event.story_id] = group.create_task(self._write(event, envelope, before))

    async def _write(self, event: Event, envelope: Envelope, before: asyncio.Task[int] | None) -> int:
        """Write behind the event before, when that is written. Returns the position."""
        story = story_events(event.story_id)
        guard = {
            "Nats-Expected-Last-Subject-Sequence": str(await before if before else 0),
            "Nats-Expected-Last-Subject-Sequence-Subject": story,
        }
        target = write_subject(story_subject(event.story_id, event.kind))
        headers = envelope.headers() | guard
        ack = await self._js.publish(target, event.body(), timeout=_PATIENCE, stream=STORIES.name, headers=headers)
        self._count(event)
        return ack.seq

    def _count(self, event: Event) -> None:
        self.written += 1
        self._room.release()
        if event.sequence == 1:
            self.begun.append(event.story_id)
        if isinstance(event, ProcessingComplete | ProcessingCancelled):
            del self._last[event.story_id]  # nothing follows


def written(events: int) -> Iterator[tuple[Event, Envelope]]:
    """So many events, those of many stories at a time in turn, and the envelopes they are sent in."""
    strands = (seed.written(events // _STRANDS, 1_000 + 10 * strand, OWNER) for strand in range(_STRANDS))
    return chain.from_iterable(zip(*strands, strict=True))


async def _say(writer: Writer, stop: asyncio.Event) -> None:
    while not stop.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _SAID)
        _tell(writer)


def _tell(writer: Writer) -> None:
    begun, writer.begun = writer.begun, []
    told = {"at": time.monotonic(), "written": writer.written, "cpu": time.process_time(), "begun": begun}
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


async def _stdin_ends() -> None:
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    await reader.read()


async def main(rate: int, events: int) -> None:
    """Write, and say so."""
    client, stop = await nats.connect(os.environ["NATS_URL"]), asyncio.Event()
    writer = Writer(client.jetstream(timeout=_PATIENCE), rate)
    async with asyncio.TaskGroup() as group:
        group.create_task(_say(writer, stop))
        writing = group.create_task(writer.run(stop, events))
        ending = asyncio.create_task(_stdin_ends())
        await asyncio.wait({writing, ending}, return_when=asyncio.FIRST_COMPLETED)
        ending.cancel()
        stop.set()
    _tell(writer)  # what was on its way is written now
    await client.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.replay.writer")
    parser.add_argument("--rate", type=int, default=1_000, help="events a second")
    parser.add_argument("--events", type=int, default=1_000_000, help="at most")
    asked = parser.parse_args()
    asyncio.run(main(asked.rate, asked.events))
