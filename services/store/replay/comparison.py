"""Two collections of one projection, compared story by story while events keep coming."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo.asynchronous.collection import AsyncCollection

from services.store.database import Collection

_STORIES = 1_000  # compared at once
_LOOKS, _PAUSE = 100, 0.05  # in vain, at stories that seem to move, and the seconds between two
_NAMED = 20  # differences kept by name

Raw = AsyncCollection[RawBSONDocument]
Documents = dict[str, RawBSONDocument]


@dataclass
class Comparison:
    """Digests of both, over the bytes of all documents in the order of their ids, each pair as it stood at one moment.

    `examples` names the first stories that differ.
    """

    stories: int = 0
    different: int = 0
    examples: list[str] = field(default_factory=list)
    old: Any = field(default_factory=sha256)
    new: Any = field(default_factory=sha256)

    @property
    def equal(self) -> bool:
        """Whether one is as good as the other."""
        return self.different == 0

    def add(self, story: str, old: bytes | None, new: bytes | None) -> None:
        """Take a pair into account."""
        self.stories += 1
        self.old.update(old or b"")
        self.new.update(new or b"")
        if old != new:
            self.different += 1
            if len(self.examples) < _NAMED:
                self.examples.append(story)


async def compare(old: Collection, new: Collection, looks: int = _LOOKS) -> Comparison:
    """Compare. Raises PyMongoError.

    A story that moves is looked at again. After so many looks on end of which none came to anything, it is taken for different.
    """
    found, raw_old, raw_new, patience = Comparison(), _raw(old), _raw(new), looks
    async for ids in _ids(raw_old, raw_new):
        before, after = await _read(raw_old, ids), await _read(raw_new, ids)
        moving = [story for story in ids if _moves(before.get(story), after.get(story))]
        while moving and patience > 0:
            await asyncio.sleep(_PAUSE)
            before |= await _read(raw_old, moving)
            after |= await _read(raw_new, moving)
            still = [story for story in moving if _moves(before.get(story), after.get(story))]
            patience = looks if len(still) < len(moving) else patience - 1
            moving = still
        for story in ids:
            found.add(story, _bytes(before.get(story)), _bytes(after.get(story)))
    return found


def _moves(old: RawBSONDocument | None, new: RawBSONDocument | None) -> bool:
    """Whether they stand at different events: stores write one after the other."""
    return (old and old["sequence"]) != (new and new["sequence"])


def _bytes(document: RawBSONDocument | None) -> bytes | None:
    return None if document is None else bytes(document.raw)


async def _ids(one: Raw, other: Raw) -> AsyncIterator[list[str]]:
    """The ids in either, ascending, some at a time."""
    after = ""
    while ids := sorted({*await _next(one, after), *await _next(other, after)})[:_STORIES]:
        yield ids
        after = ids[-1]


async def _next(collection: Raw, after: str) -> list[str]:
    found = collection.find({"_id": {"$gt": after}}, {"_id": 1}).sort("_id").limit(_STORIES)
    return [document["_id"] async for document in found]


async def _read(collection: Raw, ids: list[str]) -> Documents:
    return {document["_id"]: document async for document in collection.find({"_id": {"$in": ids}})}


def _raw(collection: Collection) -> Raw:
    return collection.with_options(codec_options=CodecOptions(document_class=RawBSONDocument))
