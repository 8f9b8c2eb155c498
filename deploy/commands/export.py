"""`storywire export` and `storywire import`: the log as a file."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from deploy.commands.options import DryRun, Offline, Since, Story, Until
from deploy.commands.priority import give_way
from deploy.failure import fail

_Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Write FILE, gzipped when it ends in .gz; a run that was broken off goes on. Default: stdout.",
        show_default=False,
    ),
]
_Gzip = Annotated[bool, typer.Option("--gzip", help="Gzip what goes to stdout.")]
_Input = Annotated[str, typer.Argument(metavar="[FILE]", help="What `export` wrote, gzipped or not; - for stdin.")]


def export(
    since: Since = None,
    until: Until = None,
    story: Story = None,
    output: _Output = None,
    *,
    gzip: _Gzip = False,
    offline: Offline = False,
) -> None:
    """Write the log, or a part of it, as NDJSON: ordered, checksummed, with the very bytes that were said.

    It ends at what is at rest in the log; what is on its way just now belongs to the next one.
    """
    give_way()
    asyncio.run(_export(since, until, story, output, zipped=gzip, offline=offline))


async def _export(
    since: str | None, until: str | None, story: str | None, output: Path | None, *, zipped: bool, offline: bool
) -> None:
    from deploy.commands.bar import progress  # noqa: PLC0415
    from deploy.commands.bounds import span  # noqa: PLC0415
    from deploy.commands.reached import reached  # noqa: PLC0415
    from services.store.database import EVENTS  # noqa: PLC0415
    from services.store.replay.export import export_file, export_to  # noqa: PLC0415

    async with reached(offline=offline) as found:
        part = await span(found.db, since, until, story, found.settled)
        whole = part.filter() == {} or story is None
        total = await found.db[EVENTS].estimated_document_count() if whole else None
        with progress("exporting", total) as tell:
            if output is None:
                tally = await export_to(sys.stdout.buffer, found.db, part, tell, zipped=zipped)
                sys.stdout.buffer.flush()
            else:
                tally = await export_file(output, found.db, part, tell)
    sys.stderr.write(f"{tally.events} events\n")


@contextmanager
def _opened(name: str) -> Iterator[BinaryIO]:
    """The file, or stdin. Ends the command when it cannot be read."""
    if name == "-":
        yield sys.stdin.buffer
        return
    try:
        file = Path(name).open("rb")  # noqa: SIM115 - only the opening is to be excused
    except OSError as error:
        fail(f"{name} cannot be read: {error.strerror}")
    with file:
        yield file


def import_(file: _Input = "-", *, dry_run: DryRun = False) -> None:
    """Take exported events into the log, and fold them into the projections. What is there already stays as it is.

    A file that contradicts the log is refused, with the first event that does. Broken off, run it again.
    """
    give_way()
    asyncio.run(_import(file, dry_run=dry_run))


async def _import(name: str, *, dry_run: bool) -> None:
    from prometheus_client import CollectorRegistry  # noqa: PLC0415

    from deploy.commands.bar import progress  # noqa: PLC0415
    from deploy.commands.reached import reached  # noqa: PLC0415
    from services.common.logging import configure  # noqa: PLC0415
    from services.store.database import EVENTS, prepare  # noqa: PLC0415
    from services.store.metrics import Metrics  # noqa: PLC0415
    from services.store.projector import create_indexes  # noqa: PLC0415
    from services.store.replay.archive import Tally, events  # noqa: PLC0415
    from services.store.replay.import_ import follow, import_events  # noqa: PLC0415

    async with reached(offline=True) as found:
        with _opened(name) as stream:
            if stream.seekable():
                with progress("checking the file", None) as tell:
                    for _ in events(stream, Tally()):
                        tell(1)
                stream.seek(0)
            if not dry_run:
                await prepare(found.db, configure("import", "WARNING"), create_indexes)
            with progress("importing", None) as tell:
                imported = await import_events(found.db, events(stream, Tally()), tell, dry_run=dry_run)
        if not dry_run:
            with progress("folding", await found.db[EVENTS].estimated_document_count()) as tell:
                await follow(found.db, Metrics(CollectorRegistry()), tell)
    would = "would be " if dry_run else ""
    sys.stdout.write(f"{imported.new} events {would}imported, {imported.known} were there already\n")
