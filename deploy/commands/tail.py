"""`storywire tail`: history, then what happens, under one cursor."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.commands.options import Json, Since, Story

if TYPE_CHECKING:
    from deploy.commands.lines import Told
    from deploy.commands.reached import Reached
    from services.store.database import Database, Document
    from services.store.replay.span import Point

_Kind = Annotated[
    str | None, typer.Option("--kind", help="Only this kind, `processing.complete` say.", show_default=False)
]
_Count = Annotated[int | None, typer.Option("--count", min=1, help="End after so many.", show_default=False)]


def tail(
    story: Story = None, kind: _Kind = None, since: Since = None, *, count: _Count = None, as_json: Json = False
) -> None:
    """Show events as they are committed, from --from on; without it from now on. Ctrl-C ends it.

    The cursor of the last line, EPOCH:POSITION, is where another `tail --from` goes on, that event included.
    """
    with suppress(KeyboardInterrupt):
        try:
            asyncio.run(_tail(story, kind, since, count, as_json=as_json))
        except BrokenPipeError:  # Nobody reads any more; Python would complain of what is left to write at its end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


async def _tail(story: str | None, kind: str | None, since: str | None, count: int | None, *, as_json: bool) -> None:
    from deploy.commands.reached import reached  # noqa: PLC0415

    async with reached() as found:
        shown = 0
        async for told in _events(found, story, kind, since):
            sys.stdout.write(told.line(as_json=as_json))
            sys.stdout.flush()
            shown += 1
            if shown == count:
                return


async def _events(found: "Reached", story: str | None, kind: str | None, since: str | None) -> AsyncIterator["Told"]:
    """What the log has from before JetStream's first message, then JetStream's, then what comes."""
    from contracts.streams import STORIES  # noqa: PLC0415
    from contracts.subjects import matching  # noqa: PLC0415
    from deploy.commands.bounds import bound  # noqa: PLC0415
    from deploy.commands.lines import Told  # noqa: PLC0415
    from services.common.following import following  # noqa: PLC0415
    from services.common.topology import epoch_of  # noqa: PLC0415

    assert found.client is not None  # noqa: S101 - tells the type checker that this is not --offline
    info = await found.client.jetstream().stream_info(STORIES.name)
    epoch, first, start = epoch_of(info), max(info.state.first_seq, 1), info.state.last_seq + 1
    if since is not None:
        start = first
        begin = await bound(found.db, since)
        async for document in _before(found.db, begin, story, kind, epoch=epoch, first=first):
            yield Told.logged(document)
    else:
        begin = None
    async for message in following(found.client, matching(story, kind), start):
        with suppress(ValueError):  # Whatever is no event is none of ours to show.
            told = Told.stored(message, epoch)
            if _reached(told, begin):
                yield told


async def _before(
    db: "Database", begin: "Point | datetime | None", story: str | None, kind: str | None, *, epoch: str, first: int
) -> AsyncIterator["Document"]:
    """Events of earlier epochs, and those that JetStream has forgotten."""
    from services.store.database import EVENTS  # noqa: PLC0415
    from services.store.replay.span import Span  # noqa: PLC0415

    older = {"$or": [{"epoch": {"$ne": epoch}}, {"position": {"$lt": first}}]}
    only = {"erased": None} | ({} if kind is None else {"kind": kind})
    wanted = {"$and": [Span(since=begin, story_id=story).filter(), older, only]}
    async for document in db[EVENTS].find(wanted).sort([("epoch", 1), ("position", 1)]):
        yield document


def _reached(told: "Told", begin: "Point | datetime | None") -> bool:
    from services.store.replay.span import Point  # noqa: PLC0415

    if begin is None:
        return True
    if isinstance(begin, Point):
        return Point(told.epoch, told.position) >= begin
    return datetime.fromisoformat(told.time) >= begin
