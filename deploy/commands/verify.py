"""`storywire verify`: is the log whole and true, and is everything else what it makes it?"""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.commands.options import Json, Offline
from deploy.commands.priority import give_way

if TYPE_CHECKING:
    from deploy.commands.reached import Reached
    from services.store.replay.faults import Fault

_Shown = Annotated[int, typer.Option("--show", min=0, help="Faults to name; all are counted, and all are in --json.")]


def verify(*, show: _Shown = 100, offline: Offline = False, as_json: Json = False) -> None:
    """Walk the whole log, and name every fault. Changes nothing; ends with 0 when all is well, with 3 when not.

    Checked are the log by itself (sequences, positions, one end a request, checksums, each event against its
    version), the projections (each the fold of the log), and JetStream as far back as it goes. Events that are on
    their way into the log just now count as no fault.
    """
    give_way()
    counts, erased = asyncio.run(_verify(show, offline=offline, as_json=as_json))
    if not as_json:
        found = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()) if kind != "events")
        gone = f", {erased} of them erased" if erased else ""
        sys.stdout.write(f"{counts['events']} events{gone}: {found or 'no fault'}\n")
    if counts.total() > counts["events"]:
        raise typer.Exit(3)


async def _verify(show: int, *, offline: bool, as_json: bool) -> tuple[Counter[str], int]:
    """How many events there are, how many faults of each kind, and how many events are tombstones."""
    from deploy.commands.reached import reached  # noqa: PLC0415
    from services.store.database import EVENTS  # noqa: PLC0415

    counts = Counter[str]()
    async with reached(offline=offline) as found:
        async for fault in _faults(found, counts):
            counts[fault.kind] += 1
            if as_json:
                sys.stdout.write(json.dumps(fault.known()) + "\n")
            elif counts.total() - counts["events"] <= show:
                sys.stdout.write(_line(fault) + "\n")
        return counts, await found.db[EVENTS].count_documents({"erased": {"$exists": True}})


async def _faults(found: "Reached", counts: Counter[str]) -> AsyncIterator["Fault"]:
    from deploy.commands.bar import progress  # noqa: PLC0415
    from services.store.database import EVENTS  # noqa: PLC0415
    from services.store.replay.verify import verify_log, verify_stream  # noqa: PLC0415

    total = await found.db[EVENTS].estimated_document_count()
    with progress("the log", total) as tell:

        def count(events: int) -> None:
            counts["events"] += events
            tell(events)

        async for fault in verify_log(found.db, found.settled, count):
            yield fault
    if found.client is not None:
        with progress("JetStream", None) as tell:
            async for fault in verify_stream(found.db, found.client, found.settled, tell):
                yield fault


def _line(fault: "Fault") -> str:
    from deploy.commands.dead_letter_view import printable  # noqa: PLC0415

    place = f"{fault.epoch}:{fault.position}" if fault.epoch else ""
    where = " ".join(str(part) for part in (fault.story_id, fault.sequence, place) if part)
    return printable(f"{fault.kind}: {where}: {fault.detail}")
