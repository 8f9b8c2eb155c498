"""Keeps every projection up with the log."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from contracts.fold import Snapshot
from services.common.logging import Logger
from services.store.database import Database
from services.store.entry import key
from services.store.folding import Step
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
        # The next batch is written to the log meanwhile, and goes on from where this one ends.
        self._turn = asyncio.Lock()

    async def advance(self, stories: Mapping[str, Sequence[Step]]) -> dict[str, str]:
        """Fold stories forward to where their log is whole. Raises PyMongoError: advance the same again.

        With each story come those of its events that the caller has just written to the log: they need not be read again.
        Returns the events where folds ended that should have gone on, by their keys in the log, and why.
        """
        stuck: dict[str, str] = {}
        alone = await self._alone(stories)
        async with self._turn:
            # Read when the events stand in the log: a rebuild that is announced later reads them there.
            places = await self._places.all()
            again = await asyncio.gather(*(_move_each(each, alone, stuck) for each in self._models(places)))
            rest = (stories.keys() - alone.keys()).union(*again)
            await self._advance(places, rest, stuck)
        for at, reason in stuck.items():
            self._metrics.unfoldable.inc()
            self._logger.error("a story cannot be folded any further", at=at, reason=reason)
        return stuck

    def _models(self, places: Mapping[str, Place]) -> list[list[ReadModel]]:
        """Each projection's collections that are written, in order."""
        return [
            [
                ReadModel(self._db[name], projection, self._metrics)
                for name in places.get(projection.name, beginning(projection.name)).written
            ]
            for projection in self._projections
        ]

    async def _alone(self, stories: Mapping[str, Sequence[Step]]) -> dict[str, Sequence[Step]]:
        """Those whose events at hand are the last ones in the log. Asked once: whoever logs a later one now finds ours there."""
        follow = {key(story, steps[-1].sequence + 1): story for story, steps in stories.items() if steps}
        there = await self._log.having(follow)
        return {story: stories[story] for event, story in follow.items() if event not in there}

    async def _advance(self, places: Mapping[str, Place], story_ids: Collection[str], stuck: dict[str, str]) -> None:
        while story_ids:
            models = [model for each in self._models(places) for model in each]
            before = [await model.states(story_ids) for model in models]
            reached = {
                story: min(states[story].sequence if story in states else 0 for states in before) for story in story_ids
            }
            steps = await self._log.after(reached.items())
            known, places = places, await self._places.all()
            if (
                places != known
            ):  # What other stores have logged meanwhile, a rebuild announced meanwhile may have missed.
                continue
            again: set[str] = set()
            for model, states in zip(models, before, strict=True):
                # Who lost a race for what is being built has not written it yet: what is read must not get ahead of it.
                ahead = {story: events for story, events in steps.items() if story not in again}
                again.update(await model.move(states, ahead, stuck))
            story_ids = again


async def _move_each(
    models: Sequence[ReadModel], stories: Mapping[str, Sequence[Step]], stuck: dict[str, str]
) -> Collection[str]:
    """Fold what is at hand into one projection's collections. Returns the stories that are to be looked at again.

    A story that one collection is not ready for waits in those after it, too: what is read is never ahead of what is built.
    """
    left = stories
    for model in models:
        before = await model.states([story for story, steps in left.items() if steps[0].sequence > 1])
        whole = {story: steps for story, steps in left.items() if _follow(before.get(story), steps)}
        lost = await model.move(before, whole, stuck)
        left = {story: steps for story, steps in whole.items() if story not in lost}
    return stories.keys() - left.keys()


def _follow(state: Snapshot | None, steps: Sequence[Step]) -> bool:
    """Whether the steps follow one another, and the first of them what the state has seen."""
    first, last = steps[0].sequence, steps[-1].sequence
    return first <= (state.sequence if state else 0) + 1 and last - first == len(steps) - 1


async def create_indexes(db: Database, projections: Projections = PROJECTIONS) -> None:
    """Give the collections that are read the indexes they need."""
    places = await Places(db).all()
    for projection in projections:
        current = places.get(projection.name, beginning(projection.name)).current
        await db[current].create_indexes(list(projection.indexes))
