"""`storywire rebuild`: fold the log again, while everybody goes on reading and writing."""

import asyncio
import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.commands.options import DryRun, Json, Yes
from deploy.commands.priority import give_way
from deploy.failure import fail

if TYPE_CHECKING:
    from services.store.database import Database
    from services.store.projections.projection import Projection
    from services.store.replay.comparison import Comparison
    from services.store.replay.rebuild import Rebuild

_Name = Annotated[
    str | None,
    typer.Argument(metavar="[NAME]", help="A projection: stories, activity. All when left out.", show_default=False),
]
_Rollback = Annotated[bool, typer.Option("--rollback", help="Read the collection from before the last rebuild again.")]
_Abandon = Annotated[bool, typer.Option("--abandon", help="Throw away what a rebuild left that was broken off.")]


def rebuild(
    name: _Name = None,
    *,
    rollback: _Rollback = False,
    abandon: _Abandon = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Fold the log into a fresh collection, compare it with the one that is read, and swap it in.

    Broken off, run it again: it goes on. Where the two differ it asks before it swaps; --dry-run folds, compares, and throws away what it began.
    Ends with 1 when it was not swapped in.
    """
    if rollback and abandon:
        raise typer.BadParameter("say --rollback or --abandon")
    give_way()
    asyncio.run(_rebuild(name, rollback=rollback, abandon=abandon, dry_run=dry_run, yes=yes, as_json=as_json))


async def _rebuild(name: str | None, *, rollback: bool, abandon: bool, dry_run: bool, yes: bool, as_json: bool) -> None:
    from prometheus_client import CollectorRegistry  # noqa: PLC0415

    from deploy.commands.reached import reached  # noqa: PLC0415
    from services.store.metrics import Metrics  # noqa: PLC0415
    from services.store.replay.rebuild import Rebuild  # noqa: PLC0415

    chosen, metrics = _chosen(name), Metrics(CollectorRegistry())
    async with reached(offline=True) as found:
        for projection in chosen:
            work = Rebuild(found.db, projection, metrics)
            done: dict[str, Any]
            if abandon:
                done = await _abandon(work, dry_run=dry_run)
            elif rollback:
                done = await _roll_back(work, found.db, dry_run=dry_run)
            else:
                done = await _fold_again(work, found.db, dry_run=dry_run, yes=yes)
            _say({"projection": projection.name, **done}, as_json=as_json)


def _chosen(name: str | None) -> "list[Projection[Any]]":
    from services.store.projections.registry import PROJECTIONS  # noqa: PLC0415

    chosen = [projection for projection in PROJECTIONS if name in (None, projection.name)]
    if not chosen:
        raise typer.BadParameter(f"there is no projection {name}: {', '.join(each.name for each in PROJECTIONS)}")
    return chosen


async def _fold_again(work: "Rebuild", db: "Database", *, dry_run: bool, yes: bool) -> dict[str, Any]:
    from deploy.commands.bar import progress  # noqa: PLC0415
    from services.store.database import EVENTS  # noqa: PLC0415

    resumed = await work.begin()
    with progress(f"folding {work.name}", await db[EVENTS].estimated_document_count()) as tell:
        await work.fold(tell)
    compared = await work.compare()
    told = {"resumed": resumed, "stuck": len(work.stuck), **_compared(compared)}
    if dry_run:
        if not resumed:
            await work.abandon()
        return told | {"swapped": False}
    if not (compared.equal or yes or _agreed(work.name, compared)):
        fail(
            f"{work.name} stays as it is; `storywire rebuild {work.name}` asks again, --abandon throws the new one away"
        )
    return told | {"swapped": True, "current": (await work.swap()).current}


async def _abandon(work: "Rebuild", *, dry_run: bool) -> dict[str, Any]:
    if dry_run:
        return {"abandoned": False, "would": (await work.place()).building}
    return {"abandoned": await work.abandon()}


async def _roll_back(work: "Rebuild", db: "Database", *, dry_run: bool) -> dict[str, Any]:
    from deploy.commands.bar import progress  # noqa: PLC0415
    from services.store.database import EVENTS  # noqa: PLC0415

    if dry_run:
        return {"rolledBack": False, "would": (await work.place()).previous}
    await work.begin_rollback()
    with progress(f"catching up {work.name}", await db[EVENTS].estimated_document_count()) as tell:
        await work.catch_up(tell)
    return {"rolledBack": True, "current": (await work.swap()).current}


def _compared(compared: "Comparison") -> dict[str, Any]:
    return {
        "stories": compared.stories,
        "different": compared.different,
        "examples": compared.examples,
        "oldDigest": compared.old.hexdigest(),
        "newDigest": compared.new.hexdigest(),
    }


def _agreed(name: str, compared: "Comparison") -> bool:
    examples = ", ".join(compared.examples[:3])
    question = f"{compared.different} of {compared.stories} stories of {name} differ ({examples}, ...). Swap?"
    try:
        return typer.confirm(question, err=True)
    except typer.Abort:
        return False


def _say(done: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(done) + "\n")
        return
    name = done.pop("projection")
    done["examples"] = " ".join(done.get("examples", ())[:3])
    said = (f"{key} {value}" for key, value in done.items() if value not in ("", []))
    sys.stdout.write(f"{name}: {', '.join(said)}\n")
