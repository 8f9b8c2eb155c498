"""`python -m deploy.local.web_check` checks the types of the page and of its client; says what is wrong and exits 1."""

import asyncio
import sys
from pathlib import Path

from deploy.local import node
from deploy.local.node import NodeFailed
from deploy.local.web_build import FOLDER

_TSC = Path("node_modules", "typescript", "bin", "tsc")


async def check() -> None:
    """Raises NodeFailed."""
    await node.install(FOLDER)
    await node.run(FOLDER, _TSC, "--noEmit")


if __name__ == "__main__":
    try:
        asyncio.run(check())
    except NodeFailed as failed:
        sys.exit(failed.output)
