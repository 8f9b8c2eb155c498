"""Every example in docs/replay.md, run in order against real servers, says what the page says it does.

The first of each command is begun as a shell begins it.
"""

import re
import shlex
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
from tests.integration.deploy.storywire import storywire, storywire_anew
from tests.integration.store.shelf import Shelf
from tests.servers import Server

GUIDE = Path(__file__).parents[3] / "docs" / "replay.md"


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


@pytest.mark.timeout(600)  # some twenty programs, one after the other
async def test_the_guide_says_what_the_commands_do(own_nats: Server, mongodb_url: str, tmp_path: Path) -> None:
    kept = f"test-{new_id()}"
    settings = StoreSettings(nats_url=own_nats.url, mongodb_url=mongodb_url, storywire_database=kept)
    environment = {"NATS_URL": own_nats.url, "MONGODB_URL": mongodb_url, "STORYWIRE_DATABASE": kept, "COLUMNS": "200"}
    client = await nats.connect(own_nats.url)
    async with connect(mongodb_url) as mongo, store(settings, structlog.stdlib.get_logger("tests")):
        shelf = Shelf(settings, client, database(mongo, kept))
        for story in (controls.finished_story(), controls.finished_story(story_id=controls.OTHER_STORY)):
            await shelf.write(story)
            await shelf.shows(story)
        begun = set[str]()
        for example in examples():
            name, command, *arguments = shlex.split(example.command)
            assert name == "storywire"
            run = storywire if command in begun else storywire_anew
            begun.add(command)
            ended = await run(environment, command, *arguments, folder=tmp_path)
            said = ended.out + ended.error
            assert ended.code == 0, f"{example.command}: {said}"
            assert matches(example.shown, said), f"{example.command} said\n{said}\nnot\n{example.shown}"
        await mongo.drop_database(kept)
    await client.close()


def test_every_command_of_the_log_has_its_example() -> None:
    shown = {example.command.split()[1] for example in examples()}
    assert shown == {"tail", "show", "verify", "rebuild", "export", "import", "replay", "dead-letters", "seed-log"}
