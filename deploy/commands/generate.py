"""`storywire generate`: one file, one story, through the gateway as any client would."""

import asyncio
import json
import os
from contextlib import aclosing
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from contracts.events import ProcessingComplete
from contracts.subjects import socket_event
from deploy.client import GatewayUnreachableError, StoryClient
from deploy.session import KeptSession
from deploy.story_socket import RefusedError, StoryEvent

_STEPS = {
    "story_generation": "Waiting",
    "reading_file": "Reading the file",
    "ai_processing": "Writing the story",
    "saving_file": "Saving the story",
}
_COMPLETE = socket_event(ProcessingComplete.kind)
_PROJECTED_WITHIN = 15.0


class FailedError(Exception):
    """There is no story; the text says why."""


async def generate(file: Path, title: str, prompt: str | None, gateway: str, *, as_json: bool) -> str:
    """Make a story of the file; give its text, or all that is known of it as JSON. FailedError."""
    text, session = _read(file), KeptSession(os.environ, gateway)
    try:
        async with StoryClient(gateway, token=session.token) as client:
            story_id = await client.submit(text, name=file.name, title=title, prompt=prompt)
            ending = await _follow(client, story_id)
            content = _content(ending)
            return json.dumps(await _stored(client, story_id, ending), ensure_ascii=False) if as_json else content
    except RefusedError as refusal:
        raise FailedError(str(refusal)) from refusal
    except GatewayUnreachableError as error:
        raise FailedError(
            f"no gateway answers at {gateway} ({error}): start one with `make up`, or set GATEWAY_PORT or --gateway"
        ) from error


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise FailedError(f"{file} cannot be read: {error.strerror}") from error


def _content(ending: StoryEvent) -> str:
    if ending.name == _COMPLETE:
        return str(ending.data["generatedContent"])
    if ending.is_deletion:
        raise FailedError("the story was deleted while it was being written")
    raise FailedError(str(ending.data.get("error", "the story was cancelled")))


async def _stored(client: StoryClient, story_id: str, ending: StoryEvent) -> dict[str, Any]:
    """Read the story from the projection, which may be a moment behind the event that was just seen."""
    deadline = asyncio.get_running_loop().time() + _PROJECTED_WITHIN
    while True:
        story = await client.story(story_id)
        if story.get("sequence", 0) >= ending.sequence:
            return story
        if asyncio.get_running_loop().time() > deadline:
            raise FailedError(
                f"story {story_id} is complete but not in the store yet: GET /api/stories/{story_id} later"
            )
        await asyncio.sleep(0.05)


async def _follow(client: StoryClient, story_id: str) -> StoryEvent:
    """Show each step on the terminal until the last event; give that one."""
    ending: StoryEvent | None = None
    with _bar() as bar:
        task = bar.add_task(_STEPS["story_generation"], total=100)
        async with aclosing(client.watch(story_id)) as events:
            async for ending in events:
                bar.update(task, **_shown(ending))
    if ending is None:
        raise FailedError(f"story {story_id} ended before it could be watched")
    return ending


def _bar() -> Progress:
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:.0f} %"),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=console, disable=not console.is_terminal)


def _shown(event: StoryEvent) -> dict[str, Any]:
    if event.name == _COMPLETE:
        return {"description": "Done", "completed": 100}
    step = event.data.get("message") or _STEPS.get(event.data.get("step", ""))
    shown = {"description": escape(step)} if step else {}
    return shown | ({"completed": event.data["progress"]} if "progress" in event.data else {})
