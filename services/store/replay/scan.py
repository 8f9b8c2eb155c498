"""Reading the whole log in an order, some thousand events at a time: memory stays flat, however long the log is."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter

from pymongo import ASCENDING
from pymongo.asynchronous.cursor import AsyncCursor

from services.store.database import Collection, Document
from services.store.log import FOLDED

BATCH = 4_000  # documents
Stories = dict[str, list[Document]]
Fields = Sequence[str] | Mapping[str, int]  # of the events' documents


async def stories(
    events: Collection, after: str = "", fields: Fields | None = FOLDED, size: int = BATCH
) -> AsyncIterator[Stories]:
    """All stories with an id above `after`, ascending, each whole: its events' documents, ascending by sequence."""
    order = [("storyId", ASCENDING), ("sequence", ASCENDING)]
    cursor = events.find({"storyId": {"$gt": after}}, fields).sort(order).hint("story")
    rest: list[Document] = []
    async for batch in batches(cursor, size):
        found = {story: list(group) for story, group in groupby([*rest, *batch], itemgetter("storyId"))}
        rest = found.popitem()[1]  # its story may go on in the next batch
        if found:
            yield found
    if rest:
        yield {rest[0]["storyId"]: rest}


async def batches(cursor: AsyncCursor[Document], size: int = BATCH) -> AsyncIterator[list[Document]]:
    """A cursor's documents. While the reader works on a batch, MongoDB is at the next."""
    async with cursor.batch_size(size):
        coming = asyncio.create_task(cursor.to_list(size))
        try:
            while batch := await coming:
                coming = asyncio.create_task(cursor.to_list(size))
                await asyncio.sleep(0)  # lets the request go out
                yield batch
        finally:
            coming.cancel()
            await asyncio.wait({coming})
