"""Keeps every projection up with the log."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from services.common.logging import Logger
from services.store.database import Database
from services.store.log import EventLog
from services.store.metrics import Metrics
from services.store.places import Place, Places, beginning
from services.store.projections.projection import Projection
from services.store.projections.registry import PROJECTIONS
from services.store.read_model import ReadModel

Projections = Sequence[Projection[Any]]


class Projector:
    """Folds stories forward, in all projections, from the log and from nothing else."""

    def __init__(
        self, db: Database, log: EventLog, metrics: Metrics, logger: Logger, projections: Projections = PROJECTIONS
    ) -> None:
        self._db = db
        self._log = log
        self._places = Places(db)
        self._metrics = metrics
        self._logger = logger
        self._projections = projections

    async def advance(self, story_ids: Collection[str]) -> dict[str, str]:
        """Fold these stories forward to where their log is whole. Raises PyMongoError: advance the same again.

        Returns the events where folds ended that should have gone on, by their keys in the log, and why.
        """
        stuck: dict[str, str] = {}
        # Read when the events stand in the log: a rebuild that is announced later reads them there.
        await self._advance(self._models(await self._places.all()), story_ids, stuck)
        for at, reason in stuck.items():
            self._metrics.unfoldable.inc()
            self._logger.error("a story cannot be folded any further", at=at, reason=reason)
        return stuck

    def _models(self, places: Mapping[str, Place]) -> list[ReadModel]:
        return [
            ReadModel(self._db[name], projection, self._metrics)
            for projection in self._projections
            for name in places.get(projection.name, beginning(projection.name)).written
        ]

    async def _advance(self, models: Sequence[ReadModel], story_ids: Collection[str], stuck: dict[str, str]) -> None:
        while story_ids:
            before = [await model.states(story_ids) for model in models]
            reached = {
                story: min(states[story].sequence if story in states else 0 for states in before) for story in story_ids
            }
            steps = await self._log.after(reached.items())
            again: set[str] = set()
            for model, states in zip(models, before, strict=True):
                # Who lost a race for what is being built has not written it yet: what is read must not get ahead of it.
                ahead = {story: events for story, events in steps.items() if story not in again}
                again.update(await model.move(states, ahead, stuck))
            story_ids = again


async def create_indexes(db: Database, projections: Projections = PROJECTIONS) -> None:
    """Give the collections that are read the indexes they need."""
    places = await Places(db).all()
    for projection in projections:
        current = places.get(projection.name, beginning(projection.name)).current
        await db[current].create_indexes(list(projection.indexes))
