"""Every subcommand of `storywire`. Each imports what it needs when it runs, so that none waits for another's."""

import asyncio
import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from deploy.cli import up
from deploy.commands import dead_letters
from deploy.commands.export import export, import_
from deploy.commands.rebuild import rebuild
from deploy.commands.replay import replay
from deploy.commands.seed_log import seed_log
from deploy.commands.show import show
from deploy.commands.tail import tail
from deploy.commands.verify import verify
from deploy.failure import fail

app = typer.Typer(
    name="storywire",
    help="A text file goes in, an AI writes a story from it, and everyone who may watch sees it happen live.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(up)
app.command()(tail)
app.command()(show)
app.command()(verify)
app.command()(rebuild)
app.command()(export)
app.command("import")(import_)
app.command()(replay)
app.command("seed-log")(seed_log)
app.add_typer(dead_letters.app, name="dead-letters")


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - typer hands over the option's value so
    if wanted:
        typer.echo(f"storywire {version('storywire')}")
        raise typer.Exit


@app.callback()
def storywire(
    *,
    _version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Storywire's command line; its text for `--help` stands above."""


@app.command()
def generate(
    file: Annotated[Path, typer.Argument(help="The text file to write a story from.", show_default=False)],
    title: Annotated[str, typer.Option(help="The story's title.", show_default=False)],
    prompt: Annotated[str | None, typer.Option(help="What you would like the story to be.", show_default=False)] = None,
    gateway: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Default: http://localhost:GATEWAY_PORT (3001).", show_default=False),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print all that is known of the story as JSON.")] = False,
) -> None:
    """Make a story of FILE and print it."""
    from deploy.commands.generate import FailedError, generate  # noqa: PLC0415

    address = gateway or f"localhost:{os.environ.get('GATEWAY_PORT') or '3001'}"
    address = address if "://" in address else f"http://{address}"
    try:
        story = asyncio.run(generate(file, title, prompt, address, as_json=as_json))
    except FailedError as error:
        fail(str(error))
    sys.stdout.buffer.write(story.encode() + b"\n")  # a story is UTF-8, whatever the terminal's locale
    sys.stdout.flush()


@app.command("nats-url")
def nats_url(
    user: Annotated[str, typer.Argument(help="gateway, generator, store, operator or reader.")] = "reader",
) -> None:
    """Print where USER reaches NATS, password included: NATS_URL, or the NATS of the `storywire up` on STORYWIRE_DATA."""
    from contracts.permissions import USERS  # noqa: PLC0415
    from deploy.addresses import Unreachable  # noqa: PLC0415
    from deploy.addresses import nats_url as address  # noqa: PLC0415

    if user not in USERS:
        fail(f"NATS has no user {user!r}; there are {', '.join(USERS)}")
    try:
        typer.echo(address(os.environ, user))
    except Unreachable as error:
        fail(str(error))


@app.command("nats-users")
def nats_users() -> None:
    """Print the users that a NATS of your own needs, for its configuration. Their passwords are variables there."""
    from deploy.nats_users import template  # noqa: PLC0415

    typer.echo(template(), nl=False)
