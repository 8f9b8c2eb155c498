"""`storywire dead-letters`: look at what nobody could handle, hand it over once more, or throw it away."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.failure import fail

if TYPE_CHECKING:
    from deploy.commands.dead_letter_box import DeadLetterBox

app = typer.Typer(help="Messages that nobody could handle.", no_args_is_help=True)

_Number = Annotated[int, typer.Argument(metavar="ID", min=1, help="As in the list.", show_default=False)]
_Numbers = Annotated[
    list[int] | None, typer.Argument(metavar="[ID]...", min=1, help="As in the list.", show_default=False)
]
_All = Annotated[bool, typer.Option("--all", help="All there are.")]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Change nothing, say what would be done.")]


@app.command("list")
def list_(*, as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False) -> None:
    """Show all dead letters, the oldest first."""
    from deploy.commands.dead_letter_view import line, table  # noqa: PLC0415

    async def run() -> None:
        async with _box() as box:
            letters = await box.letters()
        if as_json:
            sys.stdout.writelines(line(letter) for letter in letters)
        else:
            table(letters)

    asyncio.run(run())


@app.command()
def show(
    number: _Number,
    *,
    raw: Annotated[bool, typer.Option("--raw", help="Only the message's very bytes.")] = False,
) -> None:
    """Show one dead letter: why it is one, its message's headers and body."""
    from deploy.commands.dead_letter_view import page  # noqa: PLC0415

    async def run() -> None:
        async with _box() as box:
            (letter,) = await box.chosen([number])
        sys.stdout.buffer.write(letter.body if raw else page(letter).encode())
        sys.stdout.flush()

    asyncio.run(run())


@app.command()
def requeue(numbers: _Numbers = None, *, every: _All = False, dry_run: _DryRun = False) -> None:
    """Have messages handled once more by who could not. A letter goes away when that succeeds, and stays when not."""
    _check(numbers, every=every)

    async def run() -> int:
        failed = 0
        async with _box() as box:
            for letter in await box.chosen(numbers):
                error = None if dry_run else await box.requeue(letter)
                failed += error is not None
                done = f"stays: {error}" if error else ("would be requeued" if dry_run else "handled")
                _say(f"{letter.number} {letter.handler} {letter.subject}: {done}")
        return failed

    if failed := asyncio.run(run()):
        fail(f"{failed} stay dead letters" if failed > 1 else "1 stays a dead letter")


@app.command()
def discard(
    numbers: _Numbers = None,
    *,
    every: _All = False,
    dry_run: _DryRun = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Throw dead letters away for good."""
    _check(numbers, every=every)

    async def run() -> None:
        async with _box() as box:
            letters = await box.chosen(numbers)
            if letters and not (yes or dry_run):
                typer.confirm(f"Throw away {len(letters)} for good?", abort=True, err=True)
            for letter in letters:
                if not dry_run:
                    await box.discard(letter)
                _say(f"{letter.number} {letter.handler} {letter.subject}: {'would be ' * dry_run}discarded")

    asyncio.run(run())


def _check(numbers: list[int] | None, *, every: bool) -> None:
    if bool(numbers) == every:
        raise typer.BadParameter("say which: IDs as in the list, or --all")


def _say(line: str) -> None:
    from deploy.commands.dead_letter_view import printable  # noqa: PLC0415

    typer.echo(printable(line))


@asynccontextmanager
async def _box() -> AsyncIterator["DeadLetterBox"]:
    """The letters of the NATS that NATS_URL names, or of the one that `storywire up` runs."""
    from deploy.addresses import Unreachable  # noqa: PLC0415
    from deploy.commands.dead_letter_box import NoBoxError, opened  # noqa: PLC0415

    try:
        async with opened() as box:
            yield box
    except (NoBoxError, Unreachable) as error:
        fail(str(error))
