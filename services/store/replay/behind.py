"""Which stories of a projection are behind the log. Reads an index and sequences, no events."""

from collections.abc import AsyncIterator, Mapping

from services.store.database import Collection, Document
from services.store.replay import scan
from services.store.replay.progress import Tell

_INDEXED = {"_id": 0, "storyId": 1, "sequence": 1}


async def behind(events: Collection, projected: Collection, tell: Tell) -> AsyncIterator[Mapping[str, int]]:
    """Stories, some at a time, and the sequence up to which their log is whole; those that stand there are left out."""
    async for stories in scan.stories(events, fields=_INDEXED):
        found = projected.find({"_id": {"$in": list(stories)}}, {"sequence": 1})
        stands = {document["_id"]: document["sequence"] async for document in found}
        whole = {story: _whole(documents) for story, documents in stories.items()}
        late = {story: sequence for story, sequence in whole.items() if stands.get(story, 0) < sequence}
        if late:
            yield late
        tell(sum(map(len, stories.values())))


def _whole(documents: list[Document]) -> int:
    """The sequence before the first gap."""
    sequence = 0
    for document in documents:
        if document["sequence"] != sequence + 1:
            break
        sequence += 1
    return sequence
