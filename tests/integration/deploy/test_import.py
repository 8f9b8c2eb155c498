"""`storywire import` changes nothing before it knows that the whole file is one."""

from pathlib import Path

from services.common.clock import new_id
from services.store.database import connect, database
from services.store.replay.archive import FORMAT, Tally, event_line, line
from services.store.replay.span import Point
from tests.integration.deploy.storywire import Said, storywire
from tests.integration.store.replay.library import seeded


def exported(folder: Path, count: int, *, whole: bool = True) -> str:
    """A log as a file, with its last line or without."""
    tally, lines = Tally(), [line(FORMAT)]
    for entry in seeded(count):
        lines.append(event_line(entry.document()))
        tally.add(lines[-1], Point(entry.epoch, entry.position))
    file = folder / "log.ndjson"
    file.write_bytes(b"".join([*lines, *([tally.line()] if whole else [])]))
    return str(file)


async def imported(url: str, *arguments: str) -> tuple[Said, list[str]]:
    """How an import into an empty database ended, and what is in there then."""
    name = f"test-{new_id()}"
    ended = await storywire({"MONGODB_URL": url, "STORYWIRE_DATABASE": name}, "import", *arguments)
    async with connect(url) as client:
        return ended, await database(client, name).list_collection_names()


async def test_of_a_file_that_was_cut_off_nothing_is_imported(mongodb_url: str, tmp_path: Path) -> None:
    ended, there = await imported(mongodb_url, exported(tmp_path, 20, whole=False))
    assert (ended.code, "cut off or damaged" in ended.error, there) == (1, True, []), ended


async def test_a_dry_run_leaves_an_empty_database_empty(mongodb_url: str, tmp_path: Path) -> None:
    ended, there = await imported(mongodb_url, exported(tmp_path, 20), "--dry-run")
    assert (ended.code, there) == (0, []), ended
    assert ended.out == "20 events would be imported, 0 were there already\n"
