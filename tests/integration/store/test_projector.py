import asyncio
import random
from collections import abc
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field

import structlog
from prometheus_client import CollectorRegistry
from pymongo import MongoClient
from pymongo.collection import Collection

from contracts.events import Event
from contracts.story import STORY, Gone, StoryState, fold
from contracts.subjects import story_subject
from services.common.clock import new_id, seeded_ids
from services.store.checkpoint import Checkpoint, Checkpoints
from services.store.database import Database, Document, prepare
from services.store.entry import Entry, read
from services.store.folding import Step
from services.store.log import Appended, EventLog
from services.store.metrics import Metrics
from services.store.places import Place, Places, beginning
from services.store.projections.projection import Projection
from services.store.projections.stories import STORIES
from services.store.projector import Projector, create_indexes
from services.store.records import Records
from services.store.replay.progress import silent
from services.store.replay.rebuild import Rebuild
from tests import controls
from tests.integration.store.shelf import Shelf, story

LOGGER = structlog.stdlib.get_logger("tests")
FIRST = STORY.begin(controls.requested())


def projector(shelf: Shelf, registry: CollectorRegistry | None = None) -> Projector:
    return Projector(shelf.db, EventLog(shelf.db), Metrics(registry or CollectorRegistry()), LOGGER)


async def records(shelf: Shelf) -> Records:
    await prepare(shelf.db, LOGGER, create_indexes)
    return Records(EventLog(shelf.db), projector(shelf), Checkpoints(shelf.db))


def entries(events: Sequence[Event], first: int = 1) -> list[Entry]:
    return [
        read(
            story_subject(event.story_id, event.kind),
            controls.envelope(event, f"{event.story_id}-{event.sequence}").headers(),
            event.body(),
            position,
            "first",
        )
        for position, event in enumerate(events, start=first)
    ]


async def test_a_gap_is_waited_for_and_whoever_fills_it_folds_on(shelf: Shelf) -> None:
    one, other = await records(shelf), await records(shelf)
    events = story()
    first, second, *rest = entries(events)

    await one.keep([first, *rest])
    state = await shelf.story(events[0].story_id)
    assert state == fold(events[:1])

    await other.keep([second])
    await shelf.shows(events)


async def test_an_event_that_another_store_logged_behind_ours_is_folded_with_ours(shelf: Shelf) -> None:
    keeper = await records(shelf)
    events = story()
    first, second, third, *_ = entries(events)
    await keeper.keep([first])

    await EventLog(shelf.db).append([third])  # its store found that something is missing before it, and left it
    await keeper.keep([second])

    await shelf.shows(events[:3])


class Unread(EventLog):
    """A log from which no event is read."""

    async def after(self, sequences: Iterable[tuple[str, int]]) -> dict[str, list[Step]]:
        raise AssertionError(f"read again: {sequences}")


async def test_what_a_store_has_logged_itself_is_not_read_again(shelf: Shelf) -> None:
    await prepare(shelf.db, LOGGER, create_indexes)
    log, events = Unread(shelf.db), story()
    projector = Projector(shelf.db, log, Metrics(CollectorRegistry()), LOGGER)
    keeper = Records(log, projector, Checkpoints(shelf.db))

    first, second, *rest = entries(events)
    await keeper.keep([second, first])
    await keeper.keep(rest)

    await shelf.shows(events)


async def test_batches_that_are_kept_side_by_side_give_the_same(shelf: Shelf) -> None:
    keeper, stories = await records(shelf), [story() for _ in range(10)]
    everything = entries([event for batch in zip(*stories, strict=True) for event in batch])

    await asyncio.gather(*(keeper.keep(everything[at : at + 7]) for at in range(0, len(everything), 7)))

    for events in stories:
        await shelf.shows(events)


async def test_any_order_any_repeats_and_any_number_of_stores_give_the_same(shelf: Shelf) -> None:
    chance = random.Random(7)
    ids = seeded_ids(7)
    stories = [controls.finished_story(story_id=ids()) for _ in range(30)]
    everything = entries([event for events in stories for event in events])
    deliveries = everything * 3
    chance.shuffle(deliveries)
    batches = [deliveries[start : start + 9] for start in range(0, len(deliveries), 9)]

    async def work() -> list[Appended]:
        mine = await records(shelf)
        return [await mine.keep(batches.pop()) for _ in range(len(batches)) if batches]

    appended = [one for each in await asyncio.gather(work(), work(), work()) for one in each]

    assert sum(each.stored for each in appended) == len(everything)
    assert sum(each.duplicates for each in appended) == 2 * len(everything)
    for events in stories:
        await shelf.shows(events)
    assert await Checkpoints(shelf.db).read() == Checkpoint("first", len(everything))


async def test_a_projection_that_was_dropped_is_folded_again_and_equal(shelf: Shelf) -> None:
    keeper = await records(shelf)
    stories = [story() for _ in range(5)]
    await keeper.keep(entries([event for events in stories for event in events]))
    before = await shelf.db["stories"].find().sort("_id").to_list()

    await shelf.db["stories"].drop()
    await projector(shelf).advance(dict.fromkeys(await shelf.db["events"].distinct("storyId"), ()))

    assert await shelf.db["stories"].find().sort("_id").to_list() == before


async def test_a_lost_race_is_seen_and_folded_again(shelf: Shelf) -> None:
    events = story()
    await (await records(shelf)).keep(entries(events))
    lost = 0.0
    for _ in range(20):  # on a busy machine a round may go by without a race
        await shelf.db["stories"].drop()
        registries = [CollectorRegistry() for _ in range(8)]

        await asyncio.gather(*(projector(shelf, registry).advance({events[0].story_id: ()}) for registry in registries))

        written = [registry.get_sample_value("storywire_store_fold_writes_total") or 0 for registry in registries]
        assert sum(written) == 1
        await shelf.shows(events)
        lost += sum(registry.get_sample_value("storywire_store_fold_lost_races_total") or 0 for registry in registries)
    assert lost > 0


@dataclass(frozen=True)
class Outrun(Projection[StoryState]):
    """A projection for which another store is always a moment earlier: it has folded the story's first event alone."""

    collections: tuple[Collection[Document], ...] = ()
    stood: list[tuple[int, ...]] = field(default_factory=list)
    """How far the story stood in each collection whenever a state of it was about to be written."""

    def document(self, state: StoryState | Gone) -> Document:
        if not self.stood:
            self.collections[0].insert_one(super().document(FIRST))
        found = [collection.find_one({"_id": state.story_id}) or {"sequence": 0} for collection in self.collections]
        self.stood.append(tuple(document["sequence"] for document in found))
        return super().document(state)


async def test_what_is_being_built_is_never_behind_what_is_read_though_a_race_for_it_is_lost(shelf: Shelf) -> None:
    await prepare(shelf.db, LOGGER, create_indexes)
    log = EventLog(shelf.db)
    with MongoClient[Document](shelf.settings.mongodb_url) as mongo:
        written = [mongo[shelf.db.name][name] for name in ("stories-2", "stories")]
        outrun = Outrun("stories", StoryState, STORY, collections=tuple(written))
        building = Place("stories", building="stories-2")
        await Places(shelf.db).move("stories", beginning("stories"), building)
        keeper = Projector(shelf.db, log, Metrics(CollectorRegistry()), LOGGER, (outrun,))
        await Records(log, keeper, Checkpoints(shelf.db)).keep(entries(controls.finished_story()))
        outrun.document(FIRST)

    assert all(building >= current for building, current in outrun.stood)
    assert outrun.stood[-1] == (6, 6)


@dataclass
class Meanwhile(EventLog):
    """A log before which something happens, once, when it is about to be read."""

    db: Database
    happen: Callable[[], Awaitable[None]] | None

    def __post_init__(self) -> None:
        super().__init__(self.db)

    async def after(self, sequences: abc.Collection[tuple[str, int]]) -> dict[str, list[Step]]:
        happen, self.happen = self.happen, None
        if happen is not None:
            await happen()
        return await super().after(sequences)


async def test_what_is_being_built_is_not_behind_though_it_was_begun_and_more_was_logged_in_mid_fold(
    shelf: Shelf,
) -> None:
    first, second, third, fourth, fifth, _ = entries(controls.finished_story())
    keeper = await records(shelf)
    await keeper.keep([first, second])
    await EventLog(shelf.db).append([fourth])

    async def rebuild_and_log_more() -> None:
        rebuild = Rebuild(shelf.db, STORIES, Metrics(CollectorRegistry()))
        await rebuild.begin()
        await rebuild.fold(silent)
        await EventLog(shelf.db).append([fifth])  # and whoever logs it has not come to fold it

    log = Meanwhile(shelf.db, rebuild_and_log_more)
    late = Projector(shelf.db, log, Metrics(CollectorRegistry()), LOGGER)
    await Records(log, late, Checkpoints(shelf.db)).keep([third])

    stands = [await shelf.db[name].find_one({"_id": first.story_id}) for name in ("stories-2", "stories")]
    assert [document and document["sequence"] for document in stands] == [5, 5]


async def test_the_same_event_twice_in_a_batch_is_a_duplicate(shelf: Shelf) -> None:
    entry, *_ = entries(story())

    appended = await (await records(shelf)).keep([entry, entry])

    assert appended == Appended(stored=1, duplicates=1)


async def test_an_event_larger_than_a_document_is_told_apart_from_the_others(shelf: Shelf) -> None:
    small, large = entries([controls.requested(story_id=new_id()), controls.requested(story_id=new_id())])
    large = large._replace(payload=large.payload + " " * (16 * 1024 * 1024))

    appended = await (await records(shelf)).keep([large, small])

    assert appended.unstorable == (large,)
    assert await shelf.story(small.story_id) is not None


async def test_two_events_at_one_position_conflict(shelf: Shelf) -> None:
    first, second = entries([controls.requested(story_id=new_id())]), entries([controls.requested(story_id=new_id())])
    keeper = await records(shelf)
    await keeper.keep(first)

    assert (await keeper.keep(second)).conflicts == tuple(second)


async def test_a_checkpoint_never_falls_within_an_epoch_and_begins_anew_with_the_next(shelf: Shelf) -> None:
    checkpoints = Checkpoints(shelf.db)
    assert await checkpoints.read() is None

    for epoch, position, stands in (("one", 5, 5), ("one", 3, 5), ("one", 9, 9), ("two", 2, 2), ("two", 4, 4)):
        await checkpoints.raise_to(epoch, position)
        assert await checkpoints.read() == Checkpoint(epoch, stands)
