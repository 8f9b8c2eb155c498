import io
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from services.common.clock import new_id
from services.store.database import database
from services.store.metrics import Metrics
from services.store.replay.archive import NoArchive, Tally, events
from services.store.replay.export import export_file, export_to
from services.store.replay.import_ import Contradiction, Imported, follow, import_events
from services.store.replay.progress import silent
from services.store.replay.settled import Settled
from services.store.replay.span import Point, Span, latest_epoch
from tests.integration.store.replay.library import Library, seeded

EVENTS = 300


async def exported(library: Library, span: Span | None = None, *, zipped: bool = False) -> bytes:
    out = io.BytesIO()
    await export_to(out, library.db, span or Span(), silent, zipped=zipped)
    return out.getvalue()


async def take_in(library: Library, file: bytes) -> Imported:
    imported = await import_events(library.db, events(io.BufferedReader(io.BytesIO(file)), Tally()), silent)
    await follow(library.db, Metrics(CollectorRegistry()), silent)
    return imported


async def another(library: Library) -> Library:
    """An empty database."""
    empty = Library(database(library.db.client, f"{library.db.name}-copy-{new_id()}"[:60]))
    await empty.prepare()
    return empty


@pytest.mark.parametrize("zipped", [False, True])
async def test_what_is_imported_into_an_empty_database_is_exported_the_same_and_projected_the_same(
    library: Library, zipped: bool
) -> None:
    await library.keep(seeded(EVENTS))
    file = await exported(library, zipped=zipped)
    copy = await another(library)
    try:
        assert await take_in(copy, file) == Imported(new=EVENTS)
        assert await exported(copy, zipped=zipped) == file
        assert (
            await copy.db["events"].find().sort("_id").to_list()
            == await library.db["events"].find().sort("_id").to_list()
        )
        assert await copy.read() == await library.read()
    finally:
        await copy.db.client.drop_database(copy.db.name)


async def test_what_is_there_already_stays_and_the_rest_comes(library: Library) -> None:
    entries = seeded(EVENTS)
    await library.keep(entries)
    file = await exported(library)
    await library.db["events"].delete_many({"position": {"$gt": 120}})

    assert await take_in(library, file) == Imported(new=180, known=120)
    assert await take_in(library, file) == Imported(known=EVENTS)
    assert await exported(library) == file


async def test_what_is_imported_while_a_rebuild_goes_on_is_in_what_is_read_and_in_what_is_built(
    library: Library,
) -> None:
    await library.keep(seeded(EVENTS))
    file, before = await exported(library), await library.read()
    for collection in ("events", "stories", "activity"):
        await library.db[collection].delete_many({})
    await library.rebuild().begin()

    await take_in(library, file)

    assert await library.read() == before
    assert await library.db["stories-2"].find().sort("_id").to_list() == before


async def test_a_dry_run_imports_nothing_and_tells_what_it_would(library: Library) -> None:
    await library.keep(seeded(20))
    told = list(events(io.BufferedReader(io.BytesIO(await exported(library))), Tally()))
    await library.db["events"].delete_many({"position": {"$gt": 12}})
    assert await import_events(library.db, told, silent, dry_run=True) == Imported(new=8, known=12)
    assert await library.db["events"].count_documents({}) == 12


async def test_an_event_from_before_there_were_digests_is_exported_with_its_own(library: Library) -> None:
    await library.keep(seeded(20))
    file = await exported(library)
    await library.db["events"].update_many({}, {"$unset": {"digest": ""}})
    assert await exported(library) == file
    assert await take_in(library, file) == Imported(known=20)


async def test_epochs_follow_one_another_whatever_their_positions(library: Library) -> None:
    await library.keep(seeded(20))
    await library.db["events"].update_many(
        {"position": {"$lte": 5}}, [{"$set": {"epoch": "0", "position": {"$add": ["$position", 100]}}}]
    )
    told = list(events(io.BufferedReader(io.BytesIO(await exported(library))), Tally()))
    assert [each["position"] for each in told] == [*range(101, 106), *range(6, 21)]
    assert await latest_epoch(library.db) == told[-1]["epoch"]
    at_rest = Span(settled=Settled(told[-1]["epoch"], 8))
    part = io.BufferedReader(io.BytesIO(await exported(library, at_rest)))
    assert [each["position"] for each in events(part, Tally())] == [*range(101, 106), 6, 7, 8]


@pytest.mark.parametrize(
    ("change", "there"),
    [({"source": "another"}, "in its place"), ({"_id": "elsewhere", "sequence": 99}, "at its position")],
)
async def test_a_file_that_contradicts_the_log_is_refused_with_the_first_event_that_does(
    library: Library, change: dict[str, object], there: str
) -> None:
    await library.keep(seeded(EVENTS))
    file = await exported(library)
    document = await library.db["events"].find_one({"position": 7})
    assert document is not None
    await library.db["events"].delete_many({})
    await library.db["events"].insert_one({**document, **change})

    with pytest.raises(Contradiction, match=rf"{document['epoch']}:7.*{there}"):
        await take_in(library, file)
    assert await library.db["events"].count_documents({}) == 1


async def test_a_file_that_was_cut_off_or_changed_is_refused(library: Library) -> None:
    await library.keep(seeded(20))
    file = await exported(library)
    lines = file.splitlines(keepends=True)
    for broken, reason in (
        (b"".join(lines[:-1]), "cut off"),
        (b"".join([*lines[:3], *lines[4:]]), "does not agree"),
        (b"".join([lines[0], lines[2], lines[1], *lines[3:]]), "does not stand behind"),
        (b"".join([*lines[:2], *lines[1:]]), "does not stand behind"),
        (file.replace(b"processing.start", b"processing.stort", 1), "does not agree"),
        (file.replace(b"story_generation", b"story_veneration", 1), "digest"),
        (b"hello\n", "no JSON"),
        (b"", "no JSON"),
        ((await exported(library, zipped=True))[:-30], "cut off"),
    ):
        with pytest.raises(NoArchive, match=reason):
            list(events(io.BufferedReader(io.BytesIO(broken)), Tally()))


@pytest.mark.parametrize("name", ["log.ndjson", "log.ndjson.gz"])
async def test_an_export_that_was_broken_off_goes_on_and_is_the_same_to_the_byte(
    library: Library, tmp_path: Path, name: str
) -> None:
    await library.keep(seeded(EVENTS))
    whole, broken = tmp_path / name, tmp_path / f"broken-{name}"
    await export_file(whole, library.db, Span(), silent, block=50)
    size = whole.stat().st_size
    for cut in (0, 1, 40, size // 3, size // 2, size - 1):
        broken.with_name(broken.name + ".part").write_bytes(whole.read_bytes()[:cut])
        tally = await export_file(broken, library.db, Span(), silent, block=50)
        assert tally.events == EVENTS
        assert broken.read_bytes() == whole.read_bytes()


async def test_a_part_of_the_log_is_a_file_too(library: Library) -> None:
    entries = seeded(EVENTS)
    await library.keep(entries)
    epoch, story = entries[0].event.epoch, entries[0].story_id

    async def positions(span: Span) -> list[int]:
        file = io.BufferedReader(io.BytesIO(await exported(library, span)))
        return [told["position"] for told in events(file, Tally())]

    assert await positions(Span(Point(epoch, 5), Point(epoch, 8))) == [5, 6, 7, 8]
    assert await positions(Span(until=entries[2].event.time)) == [1, 2, 3]
    assert await positions(Span(settled=Settled(epoch, 4))) == [1, 2, 3, 4]
    ours = [entry.event.position for entry in entries if entry.story_id == story]
    assert await positions(Span(story_id=story)) == ours


async def test_what_was_erased_stays_so_through_export_and_import(library: Library) -> None:
    await library.keep(seeded(EVENTS))
    before = await exported(library)
    document = await library.db["events"].find_one({"position": 7})
    assert document is not None
    told = {"payload": "", "erased": document["digest"]}
    await library.db["events"].update_one({"_id": document["_id"]}, {"$set": told})

    after = await exported(library)
    assert await take_in(library, before) == Imported(known=EVENTS)
    assert await exported(library) == after
    assert len(list(events(io.BufferedReader(io.BytesIO(after)), Tally()))) == EVENTS
    assert document["payload"].encode() not in after
