"""Somebody who reads all the time and believes nothing."""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from nats.aio.client import Client
from nats.errors import Error as NatsError

from contracts.codec import decode
from contracts.events import Wire
from contracts.queries import EventsQuery, EventsReply, ListQuery, ListReply, StoryQuery, StoryReply
from contracts.story import StoryState, fold
from contracts.subjects import QUERY_EVENTS, QUERY_LIST, QUERY_STORY
from tests.replay.writer import OWNER

Reply = TypeVar("Reply", bound=Wire)
_PATIENCE = 10.0  # seconds for an answer
_PAGE = 20  # stories
_PAUSE = 0.01  # seconds between two looks: a store shall have other work than this reader's


@dataclass
class Reader:
    """Asks stores all the time; what it reads has to be true by itself, and never older than what it read before."""

    client: Client
    stories: Sequence[str]
    """Those that are written just now."""
    took: list[float] = field(default_factory=list)
    """Seconds, each read."""
    failed: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    mixed: list[str] = field(default_factory=list)
    _seen: dict[str, int] = field(default_factory=dict)
    _listed: set[tuple[str, str]] = field(default_factory=set)

    async def run(self, stop: asyncio.Event) -> None:
        """Read until stopped."""
        chance = random.Random(1)
        while not stop.is_set():
            await self.list()
            if self.stories:
                await self.story(chance.choice(self.stories))
            await asyncio.sleep(_PAUSE)

    async def list(self) -> None:
        """A page of stories: none of those that stood on one before and belong on this one may be missing."""
        reply = await self._ask(QUERY_LIST, ListQuery(owner=OWNER, limit=_PAGE), ListReply)
        if reply is None:
            return
        for story in reply.stories:
            self._look(story.story_id, story.sequence)
        places = [_place(story) for story in reply.stories]
        if len(places) == _PAGE:
            self._listed = {place for place in self._listed if place >= places[-1]}
        if missing := self._listed.difference(places):
            self.mixed.append(f"a page without {sorted(missing)}")
        self._listed.update(places)

    async def story(self, story_id: str) -> None:
        """One story: it has to be what the log's events make it."""
        reply = await self._ask(QUERY_STORY, StoryQuery(story_id=story_id), StoryReply)
        if reply is None:
            return
        self._look(story_id, reply.story.sequence if reply.story else 0)
        if reply.story is not None:
            await self._check(reply.story)

    async def _check(self, story: StoryState) -> None:
        log = await self._ask(QUERY_EVENTS, EventsQuery(story_id=story.story_id, limit=1_000), EventsReply)
        if log is None:
            return
        reached = [event for event in log.events if event.sequence <= story.sequence]
        folded = fold(decode(event.kind, event.version, event.payload) for event in reached)
        if folded is None or folded.body() != story.body():
            self.mixed.append(f"{story.story_id} at {story.sequence} is not the fold of its events")

    async def _ask(self, subject: str, query: Wire, kind: type[Reply]) -> Reply | None:
        began = time.monotonic()
        try:
            answer = (await self.client.request(subject, query.body(), timeout=_PATIENCE)).data
            return kind.model_validate_json(answer)
        except (NatsError, TimeoutError, ValueError) as error:
            self.failed.append(repr(error))
            return None
        finally:
            self.took.append(time.monotonic() - began)

    def _look(self, story_id: str, sequence: int) -> None:
        before = self._seen.get(story_id, 0)
        if sequence < before:
            self.stale.append(f"{story_id} at {sequence} after {before}")
        self._seen[story_id] = max(sequence, before)


def _place(story: StoryState) -> tuple[str, str]:
    """Where it stands among all, the newest highest."""
    return story.created_at.isoformat(timespec="milliseconds"), story.story_id
