"""From a file into the log. What is there already stays as it is; what contradicts it is refused."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from pydantic import ValidationError
from pymongo.errors import BulkWriteError

from contracts.queries import LoggedEvent
from services.common.complaint import complaint
from services.store.database import EVENTS, Database, Document
from services.store.entry import document
from services.store.log import duplicates
from services.store.metrics import Metrics
from services.store.places import Places, beginning
from services.store.projections.projection import Projection
from services.store.projections.registry import PROJECTIONS
from services.store.replay.archive import NoArchive
from services.store.replay.progress import Tell
from services.store.replay.rebuild import catch_up

_BATCH = 2_000  # events


class Contradiction(RuntimeError):
    """The log has another event in the place of one of the file's."""


@dataclass
class Imported:
    """How many events were new, and how many the log had already."""

    new: int = 0
    known: int = 0


async def import_events(db: Database, told: Iterable[Document], tell: Tell, *, dry_run: bool = False) -> Imported:
    """Take events into the log, some at a time. Of a batch that contradicts the log nothing is taken.

    Interrupted, do it again. The projections follow by `follow`. Raises Contradiction, NoArchive, PyMongoError.
    """
    imported = Imported()
    for batch in _batches(told):
        missing = await _missing(db, batch)
        if missing and not dry_run:
            await _insert(db, missing)
        imported.new += len(missing)
        imported.known += len(batch) - len(missing)
        tell(len(batch))
    return imported


async def follow(
    db: Database, metrics: Metrics, tell: Tell, projections: Sequence[Projection[Any]] = PROJECTIONS
) -> None:
    """Fold what was imported into all projections. Raises PyMongoError."""
    places = await Places(db).all()
    for projection in projections:
        for name in places.get(projection.name, beginning(projection.name)).written:
            await catch_up(db, projection, name, metrics, tell)


def _batches(told: Iterable[Document]) -> Iterator[list[Document]]:
    left = iter(told)
    while batch := [_document(each) for each in islice(left, _BATCH)]:
        yield batch


def _document(told: Document) -> Document:
    """The event's document, as a store would have kept it."""
    known = {name: value for name, value in told.items() if name not in ("storyId", "digest")}
    try:
        return document(told["storyId"], LoggedEvent.model_validate(known).model_dump(mode="json"))
    except (ValidationError, KeyError) as error:
        where = f"{told.get('epoch')}:{told.get('position')}"
        said = complaint(error) if isinstance(error, ValidationError) else f"{error} is missing"
        raise NoArchive(f"the line of the event at {where} is none: {said}") from error


async def _missing(db: Database, batch: Sequence[Document]) -> list[Document]:
    """Those that the log does not have. Raises Contradiction for the first in whose place, or at whose position, is another."""
    by_key = {each["_id"]: each async for each in db[EVENTS].find({"_id": {"$in": [each["_id"] for each in batch]}})}
    epochs = {each["epoch"] for each in batch}
    at = [{"epoch": epoch, "position": {"$in": _positions(batch, epoch)}} for epoch in epochs]
    by_place = {(each["epoch"], each["position"]): each["_id"] async for each in db[EVENTS].find({"$or": at})}
    missing = []
    for each in batch:
        there = by_key.get(each["_id"])
        if by_place.get((each["epoch"], each["position"]), each["_id"]) != each["_id"]:
            raise Contradiction(_conflict(each, f"{by_place[each['epoch'], each['position']]} at its position"))
        if there is None:
            missing.append(each)
        elif not _same(each, {"digest": each["digest"]} | there):
            raise Contradiction(_conflict(each, "another event in its place"))
    return missing


def _same(one: Document, other: Document) -> bool:
    """Whether both are the same event; that either was erased meanwhile makes it no other."""
    content = ("payload", "erased") if "erased" in one or "erased" in other else ()
    return {**one, **dict.fromkeys(content)} == {**other, **dict.fromkeys(content)}


def _positions(batch: Sequence[Document], epoch: str) -> list[int]:
    return [each["position"] for each in batch if each["epoch"] == epoch]


def _conflict(document: Document, there: str) -> str:
    return (
        f"the file's event {document['sequence']} of story {document['storyId']}, at {document['epoch']}:"
        f"{document['position']}, contradicts the log, which has {there}; nothing from there on was imported"
    )


async def _insert(db: Database, documents: Sequence[Document]) -> None:
    try:
        await db[EVENTS].insert_many(documents, ordered=False)
    except BulkWriteError as error:
        duplicates(error)  # A store, or another import, wrote them just now. What it wrote is looked at once more.
        await _missing(db, documents)
