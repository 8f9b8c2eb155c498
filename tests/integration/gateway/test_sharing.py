"""A link lets others read one story, and only read, until it is revoked."""

from collections.abc import AsyncIterator

import pytest

from tests import tokens
from tests.integration.gateway.town import Door, Town, finished_story

OTHER = "somebody else"


@pytest.fixture
async def other(stored_door: Door) -> AsyncIterator[Door]:
    async with stored_door.of(OTHER) as other:
        yield other


async def shared(door: Door, town: Town) -> tuple[str, str]:
    """A finished story, and a link to it."""
    events = finished_story()
    await town.write(events)
    answer = await door.ask("POST", f"/api/stories/{events[0].story_id}/share")
    assert (answer.status, answer.json["storyId"]) == (201, events[0].story_id)
    return events[0].story_id, str(answer.json["token"])


@pytest.mark.parametrize("path", ["", "/events", "/download"])
async def test_who_has_the_link_reads_what_its_owner_reads(
    path: str, stored_door: Door, other: Door, town: Town
) -> None:
    story_id, link = await shared(stored_door, town)
    own = await stored_door.get(f"/api/stories/{story_id}{path}")
    theirs = await other.get(f"/api/stories/{story_id}{path}", params={"share": link})
    assert (theirs.status, theirs.body) == (200, own.body)


async def test_who_has_the_link_watches(stored_door: Door, other: Door, town: Town) -> None:
    story_id, link = await shared(stored_door, town)
    async with other.socket() as socket:
        assert (await socket.call("story:join", {"storyId": story_id, "share": link}))["ok"] is True
        await socket.until(story_id, 6)
        assert socket.sequences(story_id) == [1, 2, 3, 4, 5, 6]


async def test_the_link_is_for_reading_alone(stored_door: Door, other: Door, town: Town) -> None:
    story_id, link = await shared(stored_door, town)
    for method, path in (("POST", "/cancel"), ("POST", "/retry?force=true"), ("POST", "/share"), ("DELETE", "/share")):
        joint = "&" if "?" in path else "?"
        answer = await other.ask(method, f"/api/stories/{story_id}{path}{joint}share={link}")
        assert (answer.status, answer.error["code"]) == (404, "story_not_found")
    async with other.socket() as socket:
        assert (await socket.call("story:cancel", {"storyId": story_id}))["error"]["code"] == "story_not_found"
        refused = await socket.call("story:retry", {"storyId": story_id, "share": link})
        assert refused["error"]["code"] == "payload_invalid"
    assert (await other.get("/api/stories")).json["stories"] == []
    assert await town.stories() == 6


async def test_the_link_leads_to_no_other_story_and_is_nobodys_token(
    stored_door: Door, other: Door, town: Town
) -> None:
    _, link = await shared(stored_door, town)
    another, _ = await shared(stored_door, town)
    answer = await other.get(f"/api/stories/{another}", params={"share": link})
    assert (answer.status, answer.error["code"]) == (404, "story_not_found")
    async with stored_door.of_nobody() as stranger:
        assert (await stranger.get("/api/stories", headers=tokens.bearer(link))).status == 401
        assert (await stranger.get(f"/api/stories/{another}", params={"share": link})).status == 401
    answer = await other.get(f"/api/stories/{another}", params={"share": tokens.token()})
    assert answer.status == 404


async def test_only_the_owner_makes_links(stored_door: Door, other: Door, town: Town) -> None:
    story_id, _ = await shared(stored_door, town)
    for method in ("POST", "DELETE"):
        assert (await other.ask(method, f"/api/stories/{story_id}/share")).error["code"] == "story_not_found"


async def test_a_revoked_link_leads_nowhere_who_watched_by_it_is_shown_out_and_a_new_one_works(
    stored_door: Door, other: Door, town: Town
) -> None:
    story_id, link = await shared(stored_door, town)
    async with town.gateway() as second, second.of(OTHER) as elsewhere, elsewhere.socket() as watching:
        assert (await watching.call("story:join", {"storyId": story_id, "share": link}))["ok"] is True
        async with stored_door.socket() as owner:
            await owner.call("story:join", {"storyId": story_id, "share": link})
            assert (await stored_door.ask("DELETE", f"/api/stories/{story_id}/share")).status == 204
            await watching.until_gone()
            assert (await owner.leave(story_id))["ok"] is True
        for door in (other, elsewhere):
            assert (await door.get(f"/api/stories/{story_id}", params={"share": link})).status == 404
        renewed = (await stored_door.ask("POST", f"/api/stories/{story_id}/share")).json["token"]
        assert (await other.get(f"/api/stories/{story_id}", params={"share": renewed})).status == 200
