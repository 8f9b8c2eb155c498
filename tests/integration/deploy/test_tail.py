"""`storywire tail`: what is forgotten by JetStream, what it holds and what comes are one line of events."""

import asyncio
import json
from typing import Any

from contracts.streams import STORIES
from tests.integration.deploy.storywire import speaking, storywire
from tests.integration.store.shelf import Shelf, story


async def next_lines(stream: asyncio.StreamReader, count: int) -> list[Any]:
    return [json.loads(await stream.readline()) for _ in range(count)]


async def test_history_and_what_happens_come_once_each_in_order_under_one_cursor(
    shelf: Shelf, environment: dict[str, str]
) -> None:
    finished, running = story(), story()
    await shelf.write(finished)
    await shelf.write(running[:1])
    await shelf.shows(running[:1])
    await shelf.client.jetstream().purge_stream(STORIES.name, seq=4)  # only the log has the first three now

    async with speaking(environment, "tail", "--from", "START", "--json") as stream:
        history = await next_lines(stream, 7)
        await shelf.write_on(running)
        lines = history + await next_lines(stream, 5)

    assert [line["data"] for line in lines] == [json.loads(event.body()) for event in (*finished, *running)]
    epoch = lines[0]["cursor"].partition(":")[0]
    assert [line["cursor"] for line in lines] == [f"{epoch}:{position}" for position in range(1, 13)]

    await shelf.shows(running)
    again, narrowed = await asyncio.gather(
        storywire(environment, "tail", "--from", lines[2]["cursor"], "--count", "3", "--json"),
        storywire(
            environment,
            *("tail", "--from", "2026-01-31T09:30:06Z", "--count", "1", "--json"),
            *("--story", running[0].story_id, "--kind", "processing.complete"),
        ),
    )
    assert again.objects == lines[2:5]
    assert narrowed.objects == lines[11:]


async def test_without_a_beginning_it_begins_now(shelf: Shelf, environment: dict[str, str]) -> None:
    before = story()
    await shelf.write(before)
    async with speaking(environment, "tail", "--json") as stream:
        coming = asyncio.create_task(next_lines(stream, 1))
        while not coming.done():  # nobody else knows when it has begun
            await shelf.write(story()[:1])
            await asyncio.wait({coming}, timeout=0.1)
        (line,) = await coming
    assert line["storyId"] != before[0].story_id
