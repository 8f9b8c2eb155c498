"""A token that was revoked counts nowhere any more: not on another gateway, not after a restart, not on an open socket."""

import asyncio

from services.common.clock import new_id
from tests import controls, tokens
from tests.integration.gateway.town import Door, Town, eventually, requested
from tests.integration.gateway.wire import Wire

USER = "ann"


async def signed_out(door: Door) -> int:
    async with door.of(USER) as ann:
        return (await ann.ask("DELETE", "/api/session")).status


async def is_refused(door: Door, token: str) -> bool:
    async with door.of_nobody() as asker:
        answer = await asker.get(f"/api/stories/{new_id()}/events", headers=tokens.bearer(token))
    return answer.status == 401


async def test_who_signs_out_is_refused_everywhere_and_their_sockets_are_shown_out(town: Town) -> None:
    event = requested(owner=USER)
    head = await town.write([event])
    token = tokens.token(USER)
    async with town.gateway() as one, town.gateway() as other:
        sockets = [door.socket(auth={"token": token}) for door in (one, other)]
        async with sockets[0] as here, sockets[1] as there, other.socket() as bystander:
            for socket in (here, there):
                assert (await socket.join(event.story_id))["ok"] is True
                await socket.until(event.story_id, 1)
            assert await signed_out(one) == 204
            for socket in (here, there):
                await socket.until_gone()
            await town.write([controls.start(2, story_id=event.story_id)], head)
            assert (await bystander.leave(new_id()))["ok"] is True
            assert (here.sequences(event.story_id), there.sequences(event.story_id)) == ([1], [1])
        for door in (one, other):
            assert await is_refused(door, token)
            assert not await is_refused(door, tokens.token("bob"))
    async with town.gateway() as restarted:
        assert await is_refused(restarted, token)
        assert (await restarted.ask("POST", "/api/session", headers=tokens.bearer(token))).status == 401


async def test_a_gateway_that_was_cut_off_learns_of_it_when_it_is_back(town: Town) -> None:
    token = tokens.token(USER)
    async with Wire(town.nats.url).laid() as wire, town.gateway() as one, town.gateway(nats_url=wire.url) as cut:
        wire.cut()
        assert await signed_out(one) == 204
        wire.mend()
        await eventually(lambda: is_refused(cut, token), "the gateway to learn of it")


async def test_it_is_not_done_while_it_cannot_be_stored(town: Town) -> None:
    async with town.gateway() as door:
        town.nats.kill()

        async def away() -> bool:
            return not (await door.get("/readyz")).json["checks"]["nats"]

        await eventually(away, "the gateway to notice")
        assert await signed_out(door) == 503
        town.nats.start()
        await door.until_ready()
        async with door.of(USER) as ann:
            assert (await ann.ask("POST", "/api/session")).status == 201


async def test_only_who_has_a_token_can_have_it_revoked(lone_door: Door) -> None:
    async with lone_door.of_nobody() as stranger:
        for headers in ({}, tokens.bearer("nonsense")):
            assert (await stranger.ask("DELETE", "/api/session", headers=headers)).status == 401


async def test_a_user_who_comes_again_afterwards_is_welcome(door: Door) -> None:
    assert await signed_out(door) == 204
    await asyncio.sleep(1.1)  # an identity provider's tokens say the second in which they were made
    async with door.of(USER) as ann:
        assert (await ann.ask("POST", "/api/session")).status == 201
