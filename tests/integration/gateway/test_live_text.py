"""The text while it is being written: so far in one piece, then piece by piece, no gap and no repeat."""

import asyncio
from typing import Any

from contracts import live
from contracts.events import ProcessingDelta
from contracts.socket import LiveText
from contracts.streams import LIVE
from contracts.subjects import live_subject, write_subject
from services.common.clock import new_id, now
from tests import controls
from tests.integration.gateway.town import Door, Socket, Town, eventually, finished_story, requested

DELTA = "story:processing:delta"


async def say(town: Town, story_id: str, index: int, text: str, attempt: int = 1) -> None:
    delta = ProcessingDelta(story_id=story_id, timestamp=now(), attempt=attempt, index=index, text=text)
    subject = write_subject(live_subject(story_id, delta.kind))
    await town.client.jetstream().publish(subject, delta.body(), stream=LIVE.name, headers={"ce-id": new_id()})


async def running(town: Town) -> tuple[str, Any]:
    """A story whose first attempt writes."""
    story_id = new_id()
    head = await town.write(
        [
            requested(story_id=story_id),
            controls.start(2, story_id=story_id),
            controls.progress(25, 3, story_id=story_id),
            controls.progress(50, 4, story_id=story_id),
        ]
    )
    return story_id, head


def shown(socket: Socket, ack: Any) -> LiveText | None:
    """What a client shows that follows the rule of `contracts.live`."""
    text = None if ack["live"] is None else LiveText.model_validate(ack["live"])
    for name, data in socket.events:
        if name == DELTA:
            text = live.follow(text, ProcessingDelta.model_validate(data))
    return text


async def until_shown(socket: Socket, ack: Any, text: str) -> None:
    async def is_shown() -> bool:
        following = shown(socket, ack)
        return following is not None and following.text == text

    await eventually(is_shown, f"{text!r} to be shown")


async def test_a_late_joiner_gets_the_text_so_far_in_one_piece_and_then_deltas(door: Door, town: Town) -> None:
    story_id, _ = await running(town)
    await say(town, story_id, 0, "Once 🦆 ")
    await say(town, story_id, 1, "upon ")
    async with door.socket() as socket:
        ack = await socket.join(story_id)
        assert ack["live"] == {"attempt": 1, "nextIndex": 2, "text": "Once 🦆 upon "}
        await say(town, story_id, 2, "a time.")
        await until_shown(socket, ack, "Once 🦆 upon a time.")
        assert [data["index"] for name, data in socket.events if name == DELTA] == [2]


async def test_a_joiner_before_the_first_word_gets_an_empty_text(door: Door, town: Town) -> None:
    story_id, _ = await running(town)
    async with door.socket() as socket:
        ack = await socket.join(story_id)
        assert ack["live"] == {"attempt": 1, "nextIndex": 0, "text": ""}


async def test_there_is_no_live_text_when_nothing_is_being_written(door: Door, town: Town) -> None:
    story = finished_story()
    await town.write(story)
    await say(town, story[0].story_id, 0, "Once.")
    async with door.socket() as socket:
        assert (await socket.join(story[0].story_id))["live"] is None


async def test_a_higher_attempt_retracts_the_text_of_the_one_before(door: Door, town: Town) -> None:
    story_id, head = await running(town)
    await say(town, story_id, 0, "It was ")
    async with door.socket() as socket:
        ack = await socket.join(story_id)
        await town.write([controls.start(5, attempt=2, story_id=story_id)], head)
        await say(town, story_id, 0, "Once.", attempt=2)
        await until_shown(socket, ack, "Once.")
        async with door.socket() as late:
            assert (await late.join(story_id))["live"] == {"attempt": 2, "nextIndex": 1, "text": "Once."}


async def test_the_text_is_whole_before_the_attempt_ends(door: Door, town: Town) -> None:
    async with door.socket() as socket:
        for _ in range(20):
            story_id, head = await running(town)
            await socket.join(story_id)
            for index in range(20):
                await say(town, story_id, index, f"{index} ")
            await town.write([controls.error(5, story_id=story_id)], head)
            heard = await heard_to_the_end(socket, story_id)
            assert heard == [*range(20), "error"]


async def heard_to_the_end(socket: Socket, story_id: str) -> list[Any]:
    def heard() -> list[Any]:
        mine = [(name, data) for name, data in socket.events if data["storyId"] == story_id]
        return [
            data["index"] if name == DELTA else "error"
            for name, data in mine
            if name in (DELTA, "story:processing:error")
        ]

    async def ended() -> bool:
        return "error" in heard()

    await eventually(ended, "the attempt to end")
    return heard()


async def test_many_joins_into_a_running_writer_all_show_the_same_text(door: Door, town: Town) -> None:
    story_id, _ = await running(town)
    words = [f"w{index} " for index in range(100)]

    async def write() -> None:
        for index, word in enumerate(words):
            await say(town, story_id, index, word)

    async def watch(delay: float) -> None:
        await asyncio.sleep(delay)
        async with door.socket() as socket:
            ack = await socket.join(story_id)
            await until_shown(socket, ack, "".join(words))

    await asyncio.gather(write(), *(watch(turn / 40) for turn in range(10)))


async def test_a_broker_that_dies_in_mid_text_costs_no_piece(door: Door, town: Town) -> None:
    story_id, _ = await running(town)
    await say(town, story_id, 0, "a")
    async with door.socket() as socket:
        ack = await socket.join(story_id)
        await say(town, story_id, 1, "b")
        town.nats.kill()
        town.nats.start()
        await eventually_said(town, story_id)
        await until_shown(socket, ack, "abc")


async def eventually_said(town: Town, story_id: str) -> None:
    async def said() -> bool:
        try:
            await say(town, story_id, 2, "c")
        except (OSError, TimeoutError):
            return False
        except Exception as error:  # noqa: BLE001 - nats-py has many words for a broker that is not back yet
            return bool("expected" in str(error))
        return True

    await eventually(said, "the broker to come back")
