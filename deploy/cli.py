"""The `storywire` command."""

import asyncio
import os
import sys

from deploy.failure import fail


def up() -> None:
    """Run the whole stack on this machine. Ctrl-C ends it.

    STORYWIRE_DATA is the folder that keeps everything (.storywire), GATEWAY_PORT the port of the gateway (3001), WEB_PORT
    that of the page (3000), or "off".
    NATS_URL and MONGODB_URL, when set, are used instead of the embedded servers; STORYWIRE_MONGOD names a mongod.
    """
    from deploy.local.console import say  # noqa: PLC0415 - the other commands do not wait for the stack
    from deploy.local.program import SetupError  # noqa: PLC0415
    from deploy.local.stack import run  # noqa: PLC0415

    try:
        asyncio.run(run(dict(os.environ), say))
    except SetupError as error:
        fail(str(error))


def main() -> None:
    """Run the command line. What `up` starts does not wait for what only the other commands need."""
    if sys.argv[1:] == ["up"]:
        up()
    else:
        from deploy.command_line import app  # noqa: PLC0415

        app()
