"""A gateway that is older than who writes the events: it passes on what it does not know, and folds what it can."""

from typing import ClassVar

import pytest

from contracts import subjects
from contracts.events import Requested
from contracts.streams import STORIES
from services.common.clock import new_id
from tests import controls
from tests.integration import newer
from tests.integration.gateway.town import Door, Town, long_story, requested
from tests.tokens import USER


class NewerRequested(Requested):
    """A request as a later Storywire may write it."""

    version: ClassVar[int] = 2


async def test_what_only_a_newer_service_knows_is_told_to_the_byte_and_folded_as_nothing(
    door: Door, town: Town
) -> None:
    story_id = new_id()
    events = newer.story(story_id, USER)
    await town.write(events)
    story = (await door.get(f"/api/stories/{story_id}")).json
    assert (story["status"], story["sequence"], story["progress"]) == ("processing", 4, 0)
    assert (await door.get(f"/api/stories/{story_id}?at=3")).json["sequence"] == 3
    told = await door.get(f"/api/stories/{story_id}/events")
    assert all(b'"data":' + event.body() + b"}" in told.body for event in events)
    assert [event["event"] for event in told.json["events"]][2:] == ["story:mood:changed", "story:processing:progress"]


async def test_a_socket_is_told_it_too_and_it_is_counted(door: Door, town: Town) -> None:
    story_id = new_id()
    head = await town.write((events := newer.story(story_id, USER))[:2])
    async with door.socket() as socket:
        await socket.join(story_id)
        await town.write(events[2:], head)
        await socket.until(story_id, 4)
        assert socket.sequences(story_id) == [1, 2, 3, 4]
        assert (socket.events[2][0], socket.events[2][1]["mood"]) == ("story:mood:changed", "gloomy")
        assert (socket.events[3][0], socket.events[3][1]["progress"]) == ("story:processing:progress", "half")
    assert await door.metric("events_delivered_total", event="other") == 1


async def test_commands_are_obeyed_behind_it(door: Door, town: Town) -> None:
    story_id = new_id()
    await town.write(newer.story(story_id, USER))
    answer = await door.ask("POST", f"/api/stories/{story_id}/cancel")
    assert (answer.status, answer.json["sequence"], answer.json["cancelRequested"]) == (202, 5, True)


@pytest.mark.parametrize("path", ["", "/events"])
async def test_a_story_that_only_a_newer_service_can_begin_is_refused_and_others_go_on(
    path: str, door: Door, town: Town
) -> None:
    event = NewerRequested.model_validate(requested().model_dump())
    target = subjects.write_subject(subjects.story_subject(event.story_id, event.kind))
    said = event.body().replace(b'"title":', b'"headline":')
    headers = controls.envelope(event).headers()
    await town.client.jetstream().publish(target, said, stream=STORIES.name, headers=headers)

    answer = await door.get(f"/api/stories/{event.story_id}{path}")
    assert (answer.status, answer.error["code"]) == (503, "unavailable")
    async with door.socket() as socket:
        assert (await socket.join(event.story_id))["error"]["code"] == "unavailable"
        other = new_id()
        await town.write(long_story(other, 2))
        await socket.join(other)
        await socket.until(other, 2)
