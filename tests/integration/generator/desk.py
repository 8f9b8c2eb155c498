"""A generator at work against a real nats-server of its own, with a model that does what the test says."""

import asyncio
import hashlib
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import TypeVar

import structlog
from nats.aio.client import Client

from contracts.events import CancelRequested, Event, File, ProcessingDelta, Requested, RetryRequested
from contracts.streams import GENERATOR, LIVE, STORIES, UPLOADS
from contracts.subjects import story_live
from services.common import topology
from services.common.clock import new_id, now
from services.common.history import Head, History
from services.common.stored import Unreadable, read
from services.common.write_guard import Conflict, WriteGuard
from services.generator.app import generator
from services.generator.model import Finished, ModelError, Prompt, Text, Usage
from services.generator.settings import GeneratorSettings
from tests.servers import Server

LOGGER = structlog.stdlib.get_logger("tests")
T = TypeVar("T")
Item = Text | Finished | ModelError | asyncio.Event
WHOLE = (Text("Once upon "), Text("a time."), Finished(Usage(7, 5)))


@dataclass
class Puppet:
    """A model that plays one script a call, the last one for ever. An event in a script is waited for."""

    scripts: list[tuple[Item, ...]] = field(default_factory=lambda: [WHOLE])
    prompts: list[Prompt] = field(default_factory=list)
    closed_early: int = 0
    name: str = "puppet"
    prepared: bool = False

    async def write(self, prompt: Prompt) -> AsyncGenerator[Text | Finished, None]:
        script = self.scripts[min(len(self.prompts), len(self.scripts) - 1)]
        self.prompts.append(prompt)
        try:
            for item in script:
                match item:
                    case asyncio.Event():
                        await item.wait()
                    case ModelError():
                        raise item
                    case _:
                        yield item
        except (GeneratorExit, asyncio.CancelledError):
            self.closed_early += 1
            raise

    def prepare(self) -> None:
        self.prepared = True

    async def close(self) -> None:
        pass


class Desk:
    """What a test does around a generator: asks for stories, cancels, retries, looks at what came of it."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.history = History(client)
        self.guard = WriteGuard(client, "storywire/gateway", new_id, time.monotonic)

    async def ask(
        self,
        content: bytes = b"A duck went to sea.",
        *,
        title: str = "Duck",
        prompt: str | None = None,
        **changes: object,
    ) -> str:
        """Put a file into the store and ask for a story; `changes` are the file's. Returns the story's id."""
        story_id = new_id()
        bucket = await self.client.jetstream().object_store(UPLOADS)
        await bucket.put(story_id, content)
        file = File(
            name="duck.txt", size=len(content), digest=hashlib.sha256(content).hexdigest(), object=story_id
        ).model_copy(update=changes)
        event = Requested(
            story_id=story_id, sequence=1, timestamp=now(), title=title, prompt=prompt, file=file, owner="public"
        )
        await self.guard.append(Head(story_id), event)
        return story_id

    async def cancel(self, story_id: str) -> None:
        await self._command(story_id, CancelRequested)

    async def cancel_if_running(self, story_id: str) -> None:
        """Cancel as the gateway does: until it is written or the story has ended."""
        while not (state := (await self.history.head(story_id)).state) or not state.ended:
            with suppress(Conflict):
                await self.cancel(story_id)
                return

    async def redeliver_after(self, seconds: float) -> None:
        """Let JetStream take a request for abandoned after so long without a sign of life."""
        config = replace(topology.consumer_config(GENERATOR), ack_wait=seconds)
        await self.client.jetstream().add_consumer(STORIES.name, config)

    async def retry(self, story_id: str) -> None:
        await self._command(story_id, RetryRequested)

    async def _command(self, story_id: str, kind: type[Event]) -> None:
        head = await self.history.head(story_id)
        event = kind(story_id=story_id, sequence=head.next_sequence, timestamp=now())
        await self.guard.append(head, event)

    async def events(self, story_id: str) -> list[Event]:
        return [recorded.event for recorded in await self.history.events(story_id)]

    async def until(self, story_id: str, holds: Callable[[list[Event]], bool]) -> list[Event]:
        """The story's events, as soon as `holds` does."""
        async with asyncio.timeout(60):
            while not holds(events := await self.events(story_id)):
                await asyncio.sleep(0.02)
        return events

    async def ended(self, story_id: str) -> list[Event]:
        """The story's events once it has its terminal one."""

        async def settled() -> bool:
            with suppress(Unreadable):  # A test that kills the broker waits for it here.
                state = (await self.history.head(story_id)).state
                return state is not None and state.ended
            return False

        async with asyncio.timeout(60):
            while not await settled():
                await asyncio.sleep(0.02)
        return await self.events(story_id)

    async def eventually(self, look: Callable[[], Awaitable[T]]) -> T:
        """What `look` finds, as soon as it finds anything."""
        async with asyncio.timeout(60):
            while not (found := await look()):
                await asyncio.sleep(0.02)
        return found

    async def deltas(self, story_id: str) -> list[ProcessingDelta]:
        stored = [message async for message in read(self.client, LIVE.name, story_live(story_id))]
        return [ProcessingDelta.model_validate_json(message.body) for message in stored]


@asynccontextmanager
async def generating(server: Server, model: Puppet, **settings: object) -> AsyncIterator[None]:
    """A generator works while the body runs, and stops in good order after it."""
    chosen = GeneratorSettings(nats_url=server.url_of("generator"), **{"model_retry_wait": 0.01, **settings})  # type: ignore[arg-type]
    async with generator(chosen, LOGGER, lambda: model):
        yield


def kinds(events: list[Event]) -> list[str]:
    return [event.kind for event in events]
