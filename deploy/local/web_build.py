"""The page, built where it is served: from its sources and a lock, once for each state of both."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from deploy.local import node
from deploy.local.node import NodeFailed
from deploy.local.program import SetupError

FOLDER = Path(__file__).parents[2] / "services" / "web"
_SOURCES = ("index.html", "vite.config.ts", "tsconfig.json", *node.PINS)
_VITE = Path("node_modules", "vite", "bin", "vite.js")
_MEND = "look whether this machine reaches a package registry, or set WEB_PORT=off to run without the page"


async def build(say: Callable[[str], None], folder: Path = FOLDER) -> Path:
    """Give the folder of the built page, up to date. SetupError when it cannot be built.

    What was built is stamped with a hash of what it was built from: as long as that has not changed, neither the network nor
    a file is touched.
    """
    built, wanted = folder / "dist", await asyncio.to_thread(node.digest, folder, inputs(folder))
    stamp = built / ".stamp"
    if _is(stamp, wanted):
        return built
    say("building the page, once ...")
    try:
        await node.install(folder, production=True)
        async with node.held(folder / "index.html"):
            if not _is(stamp, wanted):
                await node.run(folder, _VITE, "build", "--logLevel", "warn")
                stamp.write_text(wanted)
    except NodeFailed as error:
        raise SetupError(f"the page cannot be built ({error}): {_MEND}") from error
    return built


def inputs(folder: Path) -> list[str]:
    """The names of all files that decide what the page is."""
    sources = (
        path for part in ("src", "client/src", "public") for path in (folder / part).rglob("*") if path.is_file()
    )
    return [*_SOURCES, *sorted(str(path.relative_to(folder)) for path in sources)]


def _is(stamp: Path, wanted: str) -> bool:
    return stamp.exists() and stamp.read_text() == wanted
