"""What the store is asked, answered from MongoDB."""

from contracts.queries import (
    ActivityQuery,
    ActivityReply,
    EventsQuery,
    EventsReply,
    ListQuery,
    ListReply,
    LoggedEvent,
    StoryQuery,
    StoryReply,
)
from contracts.story import Gone, StoryState
from contracts.timestamp import render
from services.store import cursor
from services.store.activity import figures
from services.store.cursor import Cursor
from services.store.database import Database, Document
from services.store.log import EventLog
from services.store.places import Places
from services.store.projections.activity import ACTIVITY
from services.store.projections.stories import STORIES

PAGE_BYTES = 1024 * 1024  # of payloads: well within a NATS message, escapes and envelopes included


class Queries:
    """Every method raises PyMongoError when MongoDB does not answer."""

    def __init__(self, db: Database, log: EventLog) -> None:
        self._places = Places(db)
        self._log = log

    async def story(self, query: StoryQuery) -> StoryReply:
        """One story."""
        document = await (await self._places.current(STORIES)).find_one({"_id": query.story_id})
        story = None if document is None else STORIES.read(document)
        return StoryReply(story=None if isinstance(story, Gone) else story)

    async def list(self, query: ListQuery) -> ListReply:
        """One page of an owner's stories, newest first, without their texts. Raises InvalidCursor."""
        found = (await self._places.current(STORIES)).find(_page(query), {"_id": 0, "generatedContent": 0})
        found = found.sort([("createdAt", -1), ("_id", -1)]).limit(query.limit + 1)
        stories = [STORIES.state.model_validate(document) async for document in found]  # who is gone has no owner
        page = tuple(stories[: query.limit])
        return ListReply(stories=page, next=_place(page[-1]) if len(stories) > query.limit else None)

    async def activity(self, query: ActivityQuery) -> ActivityReply:
        """What an owner's stories came to, day by day."""
        return await figures(await self._places.current(ACTIVITY), query)

    async def events(self, query: EventsQuery) -> EventsReply:
        """One page of a story's log. It ends before a gap: what stands beyond one is shown when the gap is filled.

        Of a story that was erased there is only the last event to show.
        """
        events: list[LoggedEvent] = []
        size, reached, more = 0, query.after, False
        async for event in self._log.read(query.story_id, query.after, query.limit + 1):
            if event.sequence != reached + 1:
                break
            size += len(event.payload.encode())
            more = reached - query.after == query.limit or (size > PAGE_BYTES and bool(events))
            if more:
                break
            reached = event.sequence
            if event.erased is None:
                events.append(event)
        return EventsReply(events=tuple(events), next=reached if more else None)


def _page(query: ListQuery) -> Document:
    if query.before is None:
        return {"owner": query.owner}
    created_at, story_id = cursor.parse(query.before)
    earlier = [{"createdAt": {"$lt": created_at}}, {"createdAt": created_at, "_id": {"$lt": story_id}}]
    return {"owner": query.owner, "createdAt": {"$lte": created_at}, "$or": earlier}


def _place(story: StoryState) -> str:
    return Cursor(created_at=render(story.created_at), story_id=story.story_id).render()
