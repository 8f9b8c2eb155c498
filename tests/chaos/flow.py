"""Stories that go on and on: something new is committed to each at a steady rate, until all end at once."""

import asyncio
from collections.abc import Sequence

from nats.aio.client import Client

from contracts.envelope import Envelope
from contracts.events import Event, File, ProcessingComplete, ProcessingProgress, ProcessingStart, Requested
from contracts.streams import STORIES
from contracts.subjects import story_subject, write_subject
from services.common.clock import new_id, now
from tests.tokens import USER


class Flow:
    """The only writer of its stories. `rate` is in events a second and story."""

    def __init__(self, client: Client, stories: Sequence[str], rate: float) -> None:
        self._js = client.jetstream(timeout=10)
        self._rate = rate
        self.written = dict.fromkeys(stories, 0)
        """The sequence of each story's last event."""

    async def begin(self) -> None:
        """The first events, so that the stories can be joined."""
        for story in self.written:
            file = File(name="flow.txt", size=1, digest="00" * 32, object=story)
            await self._write(story, Requested, title="A steady flow", file=file, owner=USER)
            await self._write(story, ProcessingStart, step="story_generation", attempt=1)

    async def go_on(self, seconds: float) -> None:
        """Write, each story at its own moment, then end them all."""
        await asyncio.gather(*(self._one(story, seconds) for story in self.written))

    async def say(self, story: str, words: str) -> None:
        """Write one more step of a story."""
        await self._write(story, ProcessingProgress, progress=50, step="ai_processing", message=words, attempt=1)

    async def _one(self, story: str, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        number = list(self.written).index(story) / len(self.written)
        while (due := number / self._rate) < seconds:
            await asyncio.sleep(began + due - loop.time())
            said = f"Step {self.written[story]}"
            await self.say(story, said)
            number += 1
        await self._write(
            story, ProcessingComplete, generated_content="End.", generated_word_count=1, processing_time=1, attempt=1
        )

    async def _write(self, story: str, kind: type[Event], **fields: object) -> None:
        event = kind.model_validate(
            {"story_id": story, "sequence": self.written[story] + 1, "timestamp": now(), **fields}
        )
        headers = Envelope.of(event, new_id(), "tests/chaos").headers()
        subject = write_subject(story_subject(story, kind.kind))
        await self._js.publish(subject, event.body(), stream=STORIES.name, headers=headers)
        self.written[story] += 1
