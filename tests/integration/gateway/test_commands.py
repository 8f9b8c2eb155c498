"""Cancel and retry, over HTTP and over Socket.IO alike."""

import pytest

from contracts.events import CancelRequested, RetryRequested
from services.common.clock import new_id
from tests.integration.gateway.town import Door, Town, finished_story, long_story, requested


async def kinds(town: Town, story_id: str) -> list[str]:
    return [recorded.event.kind for recorded in await town.history.events(story_id)]


@pytest.fixture(params=["http", "socket"])
def by_http(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "http")


async def command(door: Door, name: str, story_id: str, *, by_http: bool, force: bool = False) -> str:
    """`ok`, or the code of the refusal."""
    if by_http:
        answer = await door.ask("POST", f"/api/stories/{story_id}/{name}{'?force=true' if force else ''}")
        return "ok" if answer.status == 202 else str(answer.error["code"])
    async with door.socket() as socket:
        ack = await socket.call(f"story:{name}", {"storyId": story_id} | ({"force": True} if force else {}))
        return "ok" if ack == {"ok": True} else str(ack["error"]["code"])


async def test_a_cancel_is_an_event_of_the_story(door: Door, town: Town, by_http: bool) -> None:
    story = long_story(new_id(), 4)
    await town.write(story)
    assert await command(door, "cancel", story[0].story_id, by_http=by_http) == "ok"
    assert (await kinds(town, story[0].story_id))[-1] == CancelRequested.kind


async def test_a_cancel_asked_for_again_changes_nothing(door: Door, town: Town, by_http: bool) -> None:
    story = long_story(new_id(), 4)
    await town.write(story)
    for _ in range(3):
        assert await command(door, "cancel", story[0].story_id, by_http=by_http) == "ok"
    assert (await kinds(town, story[0].story_id)).count(CancelRequested.kind) == 1


async def test_a_cancel_that_comes_too_late_changes_nothing(door: Door, town: Town, by_http: bool) -> None:
    story = finished_story()
    await town.write(story)
    assert await command(door, "cancel", story[0].story_id, by_http=by_http) == "ok"
    assert len(await kinds(town, story[0].story_id)) == len(story)


async def test_a_retry_of_a_running_story_is_refused(door: Door, town: Town, by_http: bool) -> None:
    story = long_story(new_id(), 4)
    await town.write(story)
    assert await command(door, "retry", story[0].story_id, by_http=by_http) == "still_running"
    assert len(await kinds(town, story[0].story_id)) == len(story)


async def test_a_retry_of_a_queued_story_is_refused(door: Door, town: Town, by_http: bool) -> None:
    event = requested()
    await town.write([event])
    assert await command(door, "retry", event.story_id, by_http=by_http) == "still_running"


async def test_a_finished_story_is_written_anew_only_by_force(door: Door, town: Town, by_http: bool) -> None:
    story = finished_story()
    await town.write(story)
    story_id = story[0].story_id
    assert await command(door, "retry", story_id, by_http=by_http) == "already_complete"
    assert await command(door, "retry", story_id, by_http=by_http, force=True) == "ok"
    assert (await kinds(town, story_id))[-1] == RetryRequested.kind
    assert await command(door, "retry", story_id, by_http=by_http, force=True) == "still_running"


@pytest.mark.parametrize("name", ["cancel", "retry"])
async def test_a_story_that_does_not_exist_takes_no_command(stored_door: Door, name: str, by_http: bool) -> None:
    for unknown in (new_id(), "story.>"):
        found = await command(stored_door, name, unknown, by_http=by_http)
        assert found in ("story_not_found", "payload_invalid")


async def test_somebody_elses_story_takes_no_command(stored_door: Door, town: Town, by_http: bool) -> None:
    event = requested(owner="somebody else")
    await town.write([event])
    assert await command(stored_door, "cancel", event.story_id, by_http=by_http) == "story_not_found"
    assert await kinds(town, event.story_id) == ["requested"]
