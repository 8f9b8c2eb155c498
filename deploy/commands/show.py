"""`storywire show`: a story as it is, or as it was."""

import asyncio
import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.commands.options import Json
from deploy.failure import fail

if TYPE_CHECKING:
    from services.common.history import Recorded

_Id = Annotated[str, typer.Argument(metavar="ID", help="The story's.", show_default=False)]
_At = Annotated[
    str | None,
    typer.Option(
        "--at", metavar="SEQUENCE|TIME", help="As it was after this event, or at this time.", show_default=False
    ),
]
_Events = Annotated[bool, typer.Option("--events", help="Its events, with what caused each.")]
_Diff = Annotated[
    tuple[str, str] | None,
    typer.Option(
        "--diff", metavar="A B", help="What changed from A to B, each a sequence or a time.", show_default=False
    ),
]


def show(story_id: _Id, at: _At = None, *, events: _Events = False, diff: _Diff = None, as_json: Json = False) -> None:
    """Show the state of a story, its timeline, or the difference between two moments."""
    if sum((at is not None, events, diff is not None)) > 1:
        raise typer.BadParameter("say one of --at, --events, --diff")
    recorded = asyncio.run(_read(story_id))
    if events:
        sys.stdout.writelines(_timeline(recorded, as_json=as_json))
    elif diff is not None:
        sys.stdout.writelines(_difference(*(_state(recorded, moment) for moment in diff), as_json=as_json))
    else:
        sys.stdout.writelines(_fields(_state(recorded, at), as_json=as_json))


async def _read(story_id: str) -> "list[Recorded]":
    from contracts.ids import InvalidStoryId  # noqa: PLC0415
    from contracts.ids import story_id as checked  # noqa: PLC0415
    from deploy.addresses import Unreachable, nats_opened  # noqa: PLC0415
    from services.common.history import History  # noqa: PLC0415
    from services.common.stored import Unreadable  # noqa: PLC0415

    try:
        async with nats_opened() as client:
            recorded = await History(client).events(checked(story_id))
    except (InvalidStoryId, Unreachable, Unreadable) as error:
        fail(str(error))
    if not recorded:
        fail(f"there is no story {story_id}")
    return recorded


def _state(recorded: "list[Recorded]", moment: str | None) -> dict[str, Any]:
    """The story at a moment, as the wire has it. Ends the command when it was not there yet."""
    from contracts.story import fold  # noqa: PLC0415

    reached = recorded if moment is None else _until(recorded, moment)
    state = fold(each.event for each in reached)
    if state is None:
        fail(f"the story was not there yet at {moment}: its first event is of {recorded[0].envelope.time}")
    return state.model_dump(mode="json")


def _until(recorded: "list[Recorded]", moment: str) -> "list[Recorded]":
    from deploy.commands.bounds import NoBound  # noqa: PLC0415
    from deploy.commands.bounds import moment as time  # noqa: PLC0415

    if moment.isdigit():
        if int(moment) > recorded[-1].event.sequence:
            fail(f"the story has {recorded[-1].event.sequence} events so far")
        return [each for each in recorded if each.event.sequence <= int(moment)]
    try:
        return [each for each in recorded if each.event.timestamp <= time(moment)]
    except NoBound as error:
        fail(f"{moment!r} is neither a sequence nor a time" if error else "")


def _fields(state: dict[str, Any], *, as_json: bool) -> list[str]:
    if as_json:
        return [json.dumps(state, ensure_ascii=False) + "\n"]
    return [f"{name}: {_plain(value)}\n" for name, value in state.items()]


def _difference(before: dict[str, Any], after: dict[str, Any], *, as_json: bool) -> list[str]:
    changed = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    if as_json:
        return [json.dumps(changed, ensure_ascii=False) + "\n"]
    return [f"{name}: {_plain(one)} -> {_plain(other)}\n" for name, (one, other) in changed.items()]


def _timeline(recorded: "list[Recorded]", *, as_json: bool) -> list[str]:
    """A line an event: when, after how long, what, by whom, and because of which."""
    sequences = {each.envelope.id: each.event.sequence for each in recorded}
    lines, last = [], recorded[0].event.timestamp
    for each in recorded:
        envelope, event = each.envelope, each.event
        cause = sequences.get(envelope.causation)
        waited = (event.timestamp - last).total_seconds()
        last = event.timestamp
        known = {
            "sequence": event.sequence,
            "position": each.position,
            "time": envelope.time,
            "kind": envelope.kind,
            "source": envelope.source,
            "cause": None if cause == event.sequence else cause,
        }
        because = "" if known["cause"] is None else f"because of {cause}"
        row = f"{event.sequence:>3} {envelope.time} {waited:+9.3f}s {envelope.kind:<22} {envelope.source:<22} {because}"
        lines.append(json.dumps(known) + "\n" if as_json else row.rstrip() + "\n")
    return lines


def _plain(value: object) -> str:
    from deploy.commands.dead_letter_view import printable  # noqa: PLC0415

    return printable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
