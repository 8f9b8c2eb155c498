"""Every example in docs/replay.md, run in order against real servers, says what the page says it does."""

import asyncio
import os
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import nats
import pytest
import structlog

from services.common.clock import new_id
from services.store.app import store
from services.store.database import connect, database
from services.store.settings import StoreSettings
from tests import controls
from tests.integration.store.shelf import Shelf
from tests.servers import Server

GUIDE = Path(__file__).parents[3] / "docs" / "replay.md"
STORYWIRE = Path(sys.executable).with_name("storywire")


class Example(NamedTuple):
    command: str
    shown: str


def examples() -> Iterator[Example]:
    for block in re.findall(r"^```console\n(.*?)^```$", GUIDE.read_text(), re.DOTALL | re.MULTILINE):
        for command, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
            yield Example(command, shown)


def matches(shown: str, said: str) -> bool:
    """Whether the page shows what was said; `…` stands for anything, on a line of its own for any lines."""
    lines = shown.splitlines(keepends=True)
    pattern = "".join("(?s:.*)" if line == "…\n" else re.escape(line).replace("…", ".*") for line in lines)
    return re.fullmatch(pattern, said) is not None


async def run(command: str, environment: dict[str, str], folder: Path) -> str:
    name, *arguments = shlex.split(command)
    assert name == "storywire"
    child = await asyncio.create_subprocess_exec(
        STORYWIRE,
        *arguments,
        cwd=folder,
        env={**os.environ, **environment, "COLUMNS": "200"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await child.communicate()
    assert child.returncode == 0, f"{command}: {out.decode()}"
    return out.decode()


@pytest.mark.timeout(600)  # some twenty programs, one after the other
async def test_the_guide_says_what_the_commands_do(own_nats: Server, mongodb_url: str, tmp_path: Path) -> None:
    name = f"test-{new_id()}"
    settings = StoreSettings(nats_url=own_nats.url, mongodb_url=mongodb_url, storywire_database=name)
    environment = {"NATS_URL": own_nats.url, "MONGODB_URL": mongodb_url, "STORYWIRE_DATABASE": name}
    client = await nats.connect(own_nats.url)
    async with connect(mongodb_url) as mongo, store(settings, structlog.stdlib.get_logger("tests")):
        shelf = Shelf(settings, client, database(mongo, name))
        for story in (controls.finished_story(), controls.finished_story(story_id=controls.OTHER_STORY)):
            await shelf.write(story)
            await shelf.shows(story)
        for example in examples():
            said = await run(example.command, environment, tmp_path)
            assert matches(example.shown, said), f"{example.command} said\n{said}\nnot\n{example.shown}"
        await mongo.drop_database(name)
    await client.close()


def test_every_command_of_the_log_has_its_example() -> None:
    shown = {example.command.split()[1] for example in examples()}
    assert shown == {"tail", "show", "verify", "rebuild", "export", "import", "replay", "dead-letters", "seed-log"}
