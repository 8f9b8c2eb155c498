"""`storywire seed-log`: a log to try things on."""

import asyncio
import sys
from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from nats.js import JetStreamContext

    from services.store.entry import Entry
    from services.store.replay.progress import Tell

_BATCH = 2_000
_Events = Annotated[int, typer.Option("--events", min=1, help="How many.")]
_Seed = Annotated[int, typer.Option("--seed", help="The same seed makes the same events.")]
_Owner = Annotated[str, typer.Option("--owner", help="Whose stories they are.")]
_Into = Annotated[
    Literal["log", "stream"],
    typer.Option("--into", help="log: MongoDB, as an epoch that is over; stream: JetStream, for a store to take in."),
]


def seed_log(events: _Events = 100_000, seed: _Seed = 1, owner: _Owner = "seed", into: _Into = "log") -> None:
    """Write stories that nobody asked for: for trials, never where real ones are.

    What is written into the log is in no projection yet: `storywire rebuild` folds it.
    """
    asyncio.run(_into_log(events, seed, owner) if into == "log" else _into_stream(events, seed, owner))
    sys.stdout.write(f"{events} events written into the {into}\n")


async def _into_log(count: int, seed: int, owner: str) -> None:
    from deploy.commands.bar import progress  # noqa: PLC0415
    from deploy.commands.reached import reached  # noqa: PLC0415
    from services.common.logging import configure  # noqa: PLC0415
    from services.store.database import prepare  # noqa: PLC0415
    from services.store.log import EventLog  # noqa: PLC0415
    from services.store.projector import create_indexes  # noqa: PLC0415
    from services.store.replay import seed as seeded  # noqa: PLC0415

    async with reached(offline=True) as found:
        await prepare(found.db, configure("seed", "WARNING"), create_indexes)
        with progress("seeding", count) as tell:
            left, log = iter(seeded.entries(count, seed, owner)), EventLog(found.db)
            while batch := list(islice(left, _BATCH)):
                await log.append(batch)
                tell(len(batch))


async def _into_stream(count: int, seed: int, owner: str) -> None:
    from deploy.addresses import nats_opened  # noqa: PLC0415
    from deploy.commands.bar import progress  # noqa: PLC0415
    from services.store.replay import seed as seeded  # noqa: PLC0415

    async with nats_opened() as client:
        with progress("seeding", count) as tell:
            await _publish(client.jetstream(timeout=10), seeded.entries(count, seed, owner), tell)


async def _publish(js: "JetStreamContext", entries: Iterable["Entry"], tell: "Tell") -> None:
    """Publish in order, many on their way at once; all are acknowledged when it returns."""
    from contracts.streams import STORIES  # noqa: PLC0415
    from contracts.subjects import story_subject, write_subject  # noqa: PLC0415

    left = iter(entries)
    while batch := list(islice(left, _BATCH)):
        acks = [
            await js.publish_async(
                write_subject(story_subject(entry.story_id, entry.event.kind)),
                entry.event.payload.encode(),
                stream=STORIES.name,
                headers=entry.envelope.headers(),
            )
            for entry in batch
        ]
        async with asyncio.timeout(60):
            await asyncio.gather(*acks)
        tell(len(batch))
