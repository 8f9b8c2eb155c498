"""A part of the log: from here to there, of one story or of all."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from contracts.timestamp import render
from services.store.database import EVENTS, Database, Document
from services.store.replay.settled import EVERYTHING, Settled


class Point(NamedTuple):
    """A place in the log: its one cursor."""

    epoch: str
    position: int

    def __str__(self) -> str:
        """As it is written on a command line."""
        return f"{self.epoch}:{self.position}"


@dataclass(frozen=True)
class Span:
    """Bounds are included: a point, or the time at which events happened. None is no bound."""

    since: Point | datetime | None = None
    until: Point | datetime | None = None
    story_id: str | None = None
    settled: Settled = EVERYTHING
    epoch: str | None = None  # one life of the stream, and no other
    after: Point | None = None  # what was read already, this point included

    def filter(self) -> Document:
        """As MongoDB is asked for it."""
        bounds = [_bound("$gte", self.since), _bound("$lte", self.until), _bound("$gt", self.after)]
        if self.settled.epoch is not None:
            at_rest = {"epoch": self.settled.epoch, "position": {"$lte": self.settled.position}}
            bounds.append({"$or": [{"epoch": {"$ne": self.settled.epoch}}, at_rest]})
        if self.epoch is not None:
            bounds.append({"epoch": self.epoch})
        if self.story_id is not None:
            bounds.append({"storyId": self.story_id})
        return {"$and": wanted} if (wanted := [bound for bound in bounds if bound]) else {}


def _bound(operator: str, bound: Point | datetime | None) -> Document:
    if bound is None:
        return {}
    if isinstance(bound, datetime):
        return {"time": {operator: render(bound)}}
    beyond = {"epoch": {operator.removesuffix("e"): bound.epoch}}
    return {"$or": [beyond, {"epoch": bound.epoch, "position": {operator: bound.position}}]}


async def latest_epoch(db: Database) -> str | None:
    """The epoch of the newest events in the log; None while there are none. Raises PyMongoError."""
    newest = await db[EVENTS].find_one({}, {"epoch": 1}, sort=[("epoch", -1), ("position", -1)])
    return None if newest is None else str(newest["epoch"])
