import asyncio
import random
from collections.abc import Awaitable, Callable, Collection

import pytest
from prometheus_client import CollectorRegistry

from services.store.checkpoint import Checkpoints, Marks
from services.store.database import Document
from services.store.folding import Step
from services.store.log import EventLog
from services.store.metrics import Metrics
from services.store.places import Place
from services.store.projections.activity import ACTIVITY
from services.store.projections.registry import PROJECTIONS
from services.store.projector import Projector
from services.store.records import Records
from services.store.replay.progress import silent
from services.store.replay.rebuild import NothingToRollBack, Overtaken, Rebuild
from tests.integration.store.replay.library import LOGGER, Library, seeded


async def rebuilt(rebuild: Rebuild) -> Place:
    await rebuild.begin()
    await rebuild.fold(silent)
    return await rebuild.swap()


@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda projection: projection.name)
async def test_a_rebuilt_projection_equals_the_one_it_replaces(library: Library, projection: object) -> None:
    await library.keep(seeded(300))
    before = await library.read(projection)  # type: ignore[arg-type]
    rebuild = library.rebuild(projection)  # type: ignore[arg-type]

    await rebuild.begin()
    await rebuild.fold(silent)
    comparison = await rebuild.compare()
    await rebuild.swap()

    assert comparison.equal
    assert comparison.stories == len(before)
    assert comparison.old.hexdigest() == comparison.new.hexdigest()
    assert await library.read(projection) == before  # type: ignore[arg-type]


async def test_what_was_wrong_is_told_and_right_afterwards(library: Library) -> None:
    await library.keep(seeded(100))
    before = await library.read()
    story = before[3]["_id"]
    await library.db["stories"].update_one({"_id": story}, {"$set": {"title": "Another"}})
    rebuild = library.rebuild()

    await rebuild.begin()
    await rebuild.fold(silent)
    comparison = await rebuild.compare()
    await rebuild.swap()

    assert (comparison.different, comparison.examples) == (1, [story])
    assert comparison.old.hexdigest() != comparison.new.hexdigest()
    assert await library.read() == before


async def test_nobody_reads_what_is_half_built(library: Library) -> None:
    await library.keep(seeded(100))
    before = await library.read()
    rebuild = library.rebuild()

    await rebuild.begin()
    assert await library.read() == before
    await rebuild.fold(silent)
    await library.db["stories-2"].delete_many({})
    assert await library.read() == before


async def test_what_comes_while_it_is_built_is_folded_into_both(library: Library) -> None:
    early, late = seeded(400)[:200], seeded(400)[200:]
    await library.keep(early)
    rebuild = library.rebuild()
    await rebuild.begin()
    await rebuild.fold(silent)

    await library.keep(late)

    assert (await rebuild.compare()).equal
    await rebuild.swap()
    assert (
        await library.db["stories-2"].find().sort("_id").to_list()
        == await library.db["stories"].find().sort("_id").to_list()
    )


async def test_a_rebuild_under_writes_of_several_stores_swaps_in_the_fold_of_the_log(library: Library) -> None:
    entries = list(seeded(1_500, 3))
    await library.keep(entries[:500])
    batches = [entries[start : start + 10] for start in range(500, len(entries), 10)]
    random.Random(3).shuffle(batches)
    sequences: dict[str, int] = {}
    writing = True

    async def write() -> None:
        records = library.records()
        while batches:
            await records.keep(batches.pop())

    async def read() -> None:
        """No story that was read is ever read again as it was before."""
        while writing:
            for document in await library.read():
                assert document["sequence"] >= sequences.get(document["_id"], 0)
                sequences[document["_id"]] = document["sequence"]
            assert set(sequences) <= {document["_id"] for document in await library.read()}

    reader = asyncio.create_task(read())
    writers = [asyncio.create_task(write()) for _ in range(2)]
    places = []
    while any(not writer.done() for writer in writers):
        places.append(await rebuilt(library.rebuild()))
    await asyncio.gather(*writers)
    writing = False
    await reader

    assert len(places) > 1
    assert await library.read() == await fold_of_the_log(library)


async def fold_of_the_log(library: Library) -> list[Document]:
    """The projection as a store makes it that begins with an empty one."""
    await rebuilt(library.rebuild())
    return await library.read()


async def test_a_rebuild_that_was_broken_off_goes_on_and_ends(library: Library) -> None:
    await library.keep(seeded(300))
    await library.rebuild().begin()
    await library.keep(seeded(360)[300:])  # the stores have found some of its stories already
    before = await library.read()

    rebuild = library.rebuild()
    assert await rebuild.begin()
    await rebuild.fold(silent)
    await rebuild.swap()

    assert await library.read() == before


async def test_the_one_before_stays_and_a_rollback_reads_it_again_with_all_that_came_since(library: Library) -> None:
    entries = seeded(300)
    await library.keep(entries[:200])
    await rebuilt(library.rebuild())
    await library.keep(entries[200:])
    now = await library.read()

    back = library.rebuild()
    await back.begin_rollback()
    await back.catch_up(silent)
    place = await back.swap()

    assert place == Place(current="stories", previous="stories-2")
    assert await library.read() == now


async def test_only_the_last_one_before_is_kept(library: Library) -> None:
    await library.keep(seeded(50))
    for _ in range(3):
        await rebuilt(library.rebuild())
    stories = {name for name in await library.collections() if name.startswith("stories")}
    assert stories == {"stories-3", "stories"}


async def test_an_abandoned_rebuild_leaves_nothing(library: Library) -> None:
    await library.keep(seeded(50))
    rebuild = library.rebuild()
    assert not await rebuild.abandon()
    await rebuild.begin()
    assert await rebuild.abandon()
    assert "stories-2" not in await library.collections()
    assert await rebuild.place() == Place("stories")


async def test_a_rebuild_takes_no_rollback_that_was_broken_off_for_one_of_its_own(library: Library) -> None:
    await library.keep(seeded(50))
    await rebuilt(library.rebuild())
    await library.rebuild().begin_rollback()

    rebuild = library.rebuild()
    assert not await rebuild.begin()
    assert await rebuild.place() == Place("stories-2", "stories", "stories-3")


async def test_a_rebuild_that_goes_on_folds_only_what_it_has_not_marked(library: Library) -> None:
    entries = seeded(100)
    await library.keep(entries)
    rebuild = library.rebuild()
    await rebuild.begin()
    mark = sorted({entry.story_id for entry in entries})[9]
    await Marks(library.db).write("stories-2", mark)
    folded: list[int] = []

    await rebuild.fold(folded.append)

    assert sum(folded) == sum(entry.story_id > mark for entry in entries)


async def test_the_mark_of_a_rebuild_that_was_thrown_away_misleads_no_later_one(library: Library) -> None:
    await library.keep(seeded(100))
    before = await library.read()
    await library.rebuild().begin()
    await Marks(library.db).write("stories-2", before[-1]["_id"])
    await library.rebuild().abandon()

    assert await rebuilt(library.rebuild()) == Place("stories-2", "stories")
    assert await library.read() == before


async def test_who_was_overtaken_by_another_rebuild_is_told(library: Library) -> None:
    await library.keep(seeded(50))
    one, other = library.rebuild(), library.rebuild()
    await one.begin()
    await rebuilt(other)
    with pytest.raises(Overtaken, match="stories: another rebuild"):
        await one.swap()
    assert await one.place() == Place("stories-2", "stories")


async def test_without_a_rebuild_there_is_nothing_to_roll_back(library: Library) -> None:
    with pytest.raises(NothingToRollBack, match="activity"):
        await library.rebuild(ACTIVITY).begin_rollback()


async def test_a_rebuilt_collection_has_the_indexes_of_the_first(library: Library) -> None:
    await library.keep(seeded(20))
    await rebuilt(library.rebuild())
    assert await library.db["stories-2"].index_information() == await library.db["stories"].index_information()


class Interrupted(EventLog):
    """A log, with a store that stands still between reading it and folding what it read."""

    def __init__(self, library: Library, meanwhile: Callable[[], Awaitable[object]]) -> None:
        super().__init__(library.db)
        self._meanwhile = meanwhile

    async def after(self, sequences: Collection[tuple[str, int]]) -> dict[str, list[Step]]:
        found = await super().after(sequences)
        await self._meanwhile()
        return found

    async def having(self, events: Collection[str]) -> set[str]:
        found = await super().having(events)
        await self._meanwhile()
        return found


@pytest.mark.parametrize("logged", [False, True], ids=["its own events", "another store's"])
async def test_what_a_store_folds_while_a_rebuild_comes_and_goes_is_in_the_new_one(
    library: Library, logged: bool
) -> None:
    entries = seeded(100)
    await library.keep(entries[:50])
    if logged:
        await EventLog(library.db).append(entries[50:])
    done: list[Place] = []

    async def rebuild_once() -> None:
        if not done:
            done.append(await rebuilt(library.rebuild()))

    log = Interrupted(library, rebuild_once)
    projector = Projector(library.db, log, Metrics(CollectorRegistry()), LOGGER)
    await Records(log, projector, Checkpoints(library.db)).keep(entries[50:])

    assert done == [Place("stories-2", "stories")]
    assert await library.read() == await fold_of_the_log(library)


def test_what_is_built_is_written_before_what_is_read() -> None:
    assert Place("stories", "stories-3", "stories-2").written == ("stories-2", "stories")
    assert Place("stories", "stories-3").written == ("stories",)
