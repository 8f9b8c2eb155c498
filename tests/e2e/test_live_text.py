"""Words as they are written, and an owner who changes their mind, through everything that stands between."""

import asyncio
from contextlib import aclosing

import aiohttp
import pytest

from contracts.socket import LiveText
from deploy.client import StoryClient
from deploy.story_socket import StoryEvent
from tests import tokens
from tests.e2e.stack import Stack

FILE = b"A fox sold umbrellas, and it never rained."


async def submitted(client: StoryClient) -> str:
    return await client.submit(FILE, name="fox.txt", title="The Fox")


async def commanded(stack: Stack, story_id: str, command: str) -> int:
    address = f"{stack.address}/api/stories/{story_id}/{command}"
    async with aiohttp.request("POST", address, headers=tokens.bearer(stack.token)) as answer:
        return answer.status


async def watched(client: StoryClient, story_id: str, after: int = 0) -> tuple[list[StoryEvent], list[LiveText]]:
    texts: list[LiveText] = []
    return [event async for event in client.watch(story_id, after, show=texts.append)], texts


async def test_the_text_grows_and_ends_as_the_story(stack: Stack) -> None:
    async with StoryClient(stack.address, token=stack.token) as client:
        events, texts = await watched(client, await submitted(client))
    story = events[-1].data["generatedContent"]
    assert len(texts) > 5
    assert all(story.startswith(text.text) for text in texts)
    assert texts[-1].text == story


async def test_watchers_who_come_at_any_time_see_the_same_text(stack: Stack) -> None:
    async def late(client: StoryClient, story_id: str, delay: float) -> str:
        await asyncio.sleep(delay)
        _, texts = await watched(client, story_id)
        return texts[-1].text if texts else ""

    async with StoryClient(stack.address, token=stack.token) as client:
        story_id = await submitted(client)
        seen = await asyncio.gather(*(late(client, story_id, turn * 0.04) for turn in range(8)))
        story = (await client.story(story_id))["generatedContent"]
    assert set(seen) <= {story, ""}  # nothing for who came when it was over
    assert story in seen


async def test_a_story_is_cancelled_in_the_middle_and_written_after_all(stack: Stack) -> None:
    async with StoryClient(stack.address, token=stack.token) as client:
        story_id = await submitted(client)
        async with aclosing(client.watch(story_id)) as events:
            async for event in events:
                if event.data.get("progress") == 50:
                    assert await commanded(stack, story_id, "cancel") == 202
        assert event.name == "story:processing:cancelled"
        assert await commanded(stack, story_id, "retry") == 202
        events_after, texts = await watched(client, story_id, after=event.sequence)
        assert events_after[0].name == "story:retry:requested"
        assert events_after[-1].name == "story:processing:complete"
        assert events_after[-1].data["attempt"] == 2
        assert texts[-1] == LiveText(
            attempt=2, next_index=texts[-1].next_index, text=events_after[-1].data["generatedContent"]
        )
        assert await commanded(stack, story_id, "retry") == 409


@pytest.mark.parametrize("command", ["cancel", "retry"])
async def test_a_story_that_nobody_knows_takes_no_command(stack: Stack, command: str) -> None:
    assert await commanded(stack, "0" * 26, command) == 404
