"""`storywire replay`: the log, published again."""

import asyncio
import sys
from dataclasses import replace
from typing import Annotated, Literal

import typer

from contracts.subjects import ALL_STORIES, REPLAY
from deploy.commands.options import DryRun, Offline, Since, Story, Until, Yes
from deploy.failure import fail

_Speed = Annotated[Literal["1x", "10x", "max"], typer.Option("--speed", help="How much faster than it happened.")]
_Prefix = Annotated[
    str, typer.Option("--to-subject", metavar="PREFIX", help="What stands in front of story.<id>.<kind>.")
]
_Live = Annotated[bool, typer.Option("--live", help=f"To {ALL_STORIES} itself, where gateways listen. Asks first.")]


def replay(
    since: Since = None,
    until: Until = None,
    story: Story = None,
    speed: _Speed = "max",
    prefix: _Prefix = REPLAY,
    *,
    live: _Live = False,
    offline: Offline = False,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Publish the log again, or a part of it, in its order: on replay.story.<id>.<kind> for who subscribes there.

    With --live gateways hear it; they pass on what a client has not had, so it repairs nothing and repeats nothing. It leaves
    out what earlier streams held, whose positions gateways would take for news. No user of the stack's NATS may publish there:
    name a NATS_URL of one who may.
    """
    if not live and prefix.split(".")[0] in ("story", "write", "live", ""):
        raise typer.BadParameter(
            f"{prefix!r} is where live events are: choose another, or say --live", param_hint="--to-subject"
        )
    if live and not (yes or dry_run):
        typer.confirm(f"Publish on {ALL_STORIES}, where gateways listen?", abort=True, err=True)
    rate = {"1x": 1.0, "10x": 10.0, "max": 0.0}[speed]
    asyncio.run(_replay(since, until, story, "" if live else prefix, rate, offline=offline, dry_run=dry_run))


async def _replay(
    since: str | None, until: str | None, story: str | None, prefix: str, speed: float, *, offline: bool, dry_run: bool
) -> None:
    from contracts.streams import STORIES  # noqa: PLC0415
    from deploy.addresses import nats_opened  # noqa: PLC0415
    from deploy.commands.bar import progress  # noqa: PLC0415
    from deploy.commands.bounds import span  # noqa: PLC0415
    from deploy.commands.reached import reached  # noqa: PLC0415
    from services.common.topology import epoch_of  # noqa: PLC0415
    from services.store.database import EVENTS  # noqa: PLC0415
    from services.store.replay.republish import republish  # noqa: PLC0415

    refusals: list[str] = []
    async with reached(offline=offline) as found, nats_opened(refusals.append) as client:
        part = await span(found.db, since, until, story, found.settled)
        if not prefix:
            part = replace(part, epoch=epoch_of(await client.jetstream().stream_info(STORIES.name)))
        total = await found.db[EVENTS].count_documents(part.filter())
        if dry_run:
            sys.stdout.write(f"{total} events would be published\n")
            return
        with progress("replaying", total) as tell:
            last = await republish(client, found.db, part, tell, prefix=prefix, speed=speed)
    if refusals:
        fail(f"NATS refused it: {refusals[0]}")
    sys.stdout.write(f"{total} events published, the last at {last}\n")
