"""`storywire tail`: what is forgotten by JetStream, what it holds and what comes are one line of events."""

import asyncio
import json
import signal
from typing import Any

import pytest

from contracts.streams import STORIES
from contracts.subjects import story_subject, write_subject
from services.common.clock import new_id
from tests import controls
from tests.integration.deploy.storywire import speaking, started, storywire
from tests.integration.store.shelf import Shelf, story

ALL = "tail", "--from", "START"


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
    forgotten, held, narrowed = await asyncio.gather(
        storywire(environment, "tail", "--from", lines[2]["cursor"], "--count", "3", "--json"),
        storywire(environment, "tail", "--from", lines[4]["cursor"], "--count", "3", "--json"),
        storywire(
            environment,
            *("tail", "--from", "2026-01-31T09:30:06Z", "--count", "1", "--json"),
            *("--story", running[0].story_id, "--kind", "processing.complete"),
        ),
    )
    assert forgotten.objects == lines[2:5]
    assert held.objects == lines[4:7]
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


async def test_history_that_jetstream_has_forgotten_is_narrowed_too(shelf: Shelf, environment: dict[str, str]) -> None:
    one, other = story(), story()
    await shelf.write(one)
    await shelf.write(other)
    await shelf.shows(other)
    await shelf.shows(one)
    await shelf.client.jetstream().purge_stream(STORIES.name)
    await shelf.db["events"].update_one({"position": 1}, {"$set": {"payload": "", "erased": "0" * 64}})

    of_one, of_kind, since = await asyncio.gather(
        storywire(environment, *ALL, "--story", other[0].story_id, "--count", "6", "--json"),
        storywire(environment, *ALL, "--kind", "processing.complete", "--count", "2", "--json"),
        storywire(environment, *ALL, "--count", "1", "--json"),
    )
    assert [line["data"]["sequence"] for line in of_one.objects] == [1, 2, 3, 4, 5, 6]
    assert {line["storyId"] for line in of_one.objects} == {other[0].story_id}
    assert [line["storyId"] for line in of_kind.objects] == [one[0].story_id, other[0].story_id]
    assert [line["data"]["sequence"] for line in since.objects] == [2], "of what was erased nothing is told"


async def test_earlier_epochs_come_first(shelf: Shelf, environment: dict[str, str]) -> None:
    now, before = story(), story()
    await shelf.write(now)
    await shelf.write(before)
    await shelf.shows(now)
    await shelf.shows(before)
    await shelf.client.jetstream().purge_stream(STORIES.name, seq=4)  # their positions are not below what is left
    await shelf.db["events"].update_many({"storyId": before[0].story_id}, {"$set": {"epoch": "0"}})
    tailed = await storywire(environment, *ALL, "--count", "12", "--json")
    assert [line["cursor"] for line in tailed.objects[:6]] == [f"0:{position}" for position in range(7, 13)]
    assert [line["storyId"] for line in tailed.objects[6:]] == [now[0].story_id] * 6


async def test_what_is_no_event_is_passed_over_and_nothing_said_steers_the_terminal(
    shelf: Shelf, environment: dict[str, str]
) -> None:
    told = controls.requested(story_id=new_id(), title="\x1b[2J")
    subject = write_subject(story_subject(new_id(), told.kind))
    await shelf.client.jetstream().publish(subject, b"\xff", stream=STORIES.name)
    await shelf.write([told])
    tailed = await storywire(environment, *ALL, "--count", "1")
    assert (tailed.code, tailed.error, tailed.out.count("\n")) == (0, "", 1)
    assert told.story_id in tailed.out
    assert "title=\\x1b[2J" in tailed.out


async def test_an_event_of_the_very_time_asked_for_is_shown(shelf: Shelf, environment: dict[str, str]) -> None:
    events = story()
    await shelf.write(events)
    since = json.loads(events[2].body())["timestamp"]
    tailed = await storywire(environment, "tail", "--from", since, "--count", "1", "--json")
    assert [line["data"]["sequence"] for line in tailed.objects] == [3]


@pytest.mark.parametrize("how", ["Ctrl-C", "a closed pipe"])
async def test_it_ends_quietly(shelf: Shelf, environment: dict[str, str], how: str) -> None:
    await shelf.write(story())
    async with started(environment, *ALL) as child:
        assert child.stdout is not None
        await child.stdout.readline()
        if how == "Ctrl-C":
            child.send_signal(signal.SIGINT)
        else:
            child._transport.get_pipe_transport(1).close()  # type: ignore[attr-defined]
            await shelf.write(story())
        _, error = await child.communicate()
        assert (child.returncode, error) == (0, b"")
