"""The client gets each sequence once and in order, whatever happens on the way."""

import asyncio
from typing import Any

import pytest

from deploy.client import GatewayUnreachableError, StoryClient
from deploy.local.ports import free_port
from deploy.story_socket import RefusedError
from tests.integration.deploy.troubled_gateway import NAMESPACE, STORY, Join, TroubledGateway, joined, served


def telling(*sequences: int, known: int = 6) -> Join:
    async def join(gateway: TroubledGateway, sid: str, after: int) -> dict[str, Any]:
        await gateway.say(sid, *(sequence for sequence in sequences if sequence > after))
        return joined(known)

    return join


def then_cut(join: Join) -> Join:
    async def cut(gateway: TroubledGateway, sid: str, after: int) -> dict[str, Any]:
        answer = await join(gateway, sid, after)
        gateway.start_background_task(gateway.disconnect, sid, namespace=NAMESPACE)
        return answer

    return cut


async def watched(gateway: TroubledGateway, after: int = 0, patience: float = 10.0) -> list[int]:
    async with served(gateway) as url, StoryClient(url, patience=patience) as client:
        return [event.sequence async for event in client.watch(STORY, after)]


WHOLE = telling(1, 2, 3, 4, 5, 6)


async def test_a_story_is_watched_to_its_end() -> None:
    gateway = TroubledGateway(WHOLE)
    assert await watched(gateway) == [1, 2, 3, 4, 5, 6]
    assert gateway.joined_after == [0]


async def test_repeats_are_dropped() -> None:
    assert await watched(TroubledGateway(telling(1, 1, 2, 1, 2, 3, 3, 4, 5, 5, 6))) == [1, 2, 3, 4, 5, 6]


async def test_a_gap_is_filled_by_joining_again_from_there() -> None:
    gateway = TroubledGateway(telling(1, 2, 4, 5, 6), WHOLE)
    assert await watched(gateway) == [1, 2, 3, 4, 5, 6]
    assert gateway.joined_after == [0, 2]


async def test_a_gap_at_the_beginning_is_one_too() -> None:
    gateway = TroubledGateway(telling(2, 3), WHOLE)
    assert await watched(gateway) == [1, 2, 3, 4, 5, 6]
    assert gateway.joined_after == [0, 0]


async def test_a_gap_that_stays_is_never_passed_over() -> None:
    async with served(TroubledGateway(telling(1, 3, 4, 5, 6))) as url, StoryClient(url, patience=0.5) as client:
        events = client.watch(STORY)
        assert (await anext(events)).sequence == 1
        with pytest.raises(GatewayUnreachableError):
            await anext(events)


async def test_a_cut_connection_is_opened_again_and_goes_on() -> None:
    gateway = TroubledGateway(then_cut(telling(1, 2, 3)), then_cut(telling(4)), WHOLE)
    assert await watched(gateway) == [1, 2, 3, 4, 5, 6]
    assert gateway.joined_after == [0, 3, 4]


async def test_a_connection_that_is_cut_before_the_join_is_answered_is_opened_again() -> None:
    async def cut(gateway: TroubledGateway, sid: str, _: int) -> dict[str, Any]:
        await gateway.disconnect(sid, namespace=NAMESPACE)
        return joined(6)

    assert await watched(TroubledGateway(cut, WHOLE)) == [1, 2, 3, 4, 5, 6]


async def test_a_story_that_has_ended_before_has_nothing_more_to_tell() -> None:
    assert await watched(TroubledGateway(WHOLE), after=6) == []


async def test_an_attempt_that_failed_before_the_join_is_not_the_end() -> None:
    gateway = TroubledGateway(WHOLE)
    first = ("requested", "processing:start", "processing:error")
    gateway.names = (*first, "retry:requested", "processing:start", "processing:complete")
    assert await watched(gateway) == [1, 2, 3, 4, 5, 6]


async def test_a_story_that_fails_while_it_is_watched_ends_there() -> None:
    gateway = TroubledGateway(telling(1, 2, 3, known=2))
    gateway.names = ("requested", "processing:start", "processing:error")
    assert await watched(gateway) == [1, 2, 3]


@pytest.mark.parametrize("told", [(1, 2, 3), (1, 3)])
async def test_a_story_that_is_deleted_ends_there_whatever_went_with_it(told: tuple[int, ...]) -> None:
    gateway = TroubledGateway(telling(*told))
    gateway.names = ("requested", "processing:start", "deleted")
    assert await watched(gateway, patience=1.0) == list(told)
    assert gateway.joined_after == [0]


async def test_a_long_story_comes_through_whole() -> None:
    text = "é" * 1_000_000

    async def join(gateway: TroubledGateway, sid: str, _: int) -> dict[str, Any]:
        await gateway.say(sid, 1, 2, 3, 4, 5)
        await gateway.say(sid, 6, generatedContent=text)
        return joined(6)

    async with served(TroubledGateway(join)) as url, StoryClient(url, patience=5) as client:
        *_, complete = [event async for event in client.watch(STORY)]
    assert complete.data["generatedContent"] == text


async def test_a_passing_refusal_is_waited_out() -> None:
    async def unavailable(*_: object) -> dict[str, Any]:
        return {"ok": False, "error": {"code": "unavailable", "message": "NATS is away."}}

    assert await watched(TroubledGateway(unavailable, unavailable, WHOLE)) == [1, 2, 3, 4, 5, 6]


async def test_a_lasting_refusal_is_told() -> None:
    async def unknown(*_: object) -> dict[str, Any]:
        return {"ok": False, "error": {"code": "story_not_found", "message": "There is no such story."}}

    with pytest.raises(RefusedError, match="There is no such story") as refused:
        await watched(TroubledGateway(unknown))
    assert refused.value.fault.code == "story_not_found"


async def test_nobody_at_the_address_is_told_at_once_when_submitting_and_in_the_end_when_watching() -> None:
    async with StoryClient(f"http://127.0.0.1:{free_port()}", patience=0.3) as client:
        with pytest.raises(GatewayUnreachableError):
            await client.submit(b"text", name="a.txt", title="T")
        with pytest.raises(GatewayUnreachableError):
            await anext(client.watch(STORY))


def writing(*indexes: int, live: str, then: tuple[int, ...] = ()) -> Join:
    """Acks with the text so far, says pieces, then events."""

    async def join(gateway: TroubledGateway, sid: str, after: int) -> dict[str, Any]:
        await gateway.write(sid, *indexes)
        await gateway.say(sid, *(sequence for sequence in then if sequence > after))
        return joined(4, {"attempt": 1, "nextIndex": len(live.split()), "text": live})

    return join


async def shown(gateway: TroubledGateway) -> list[str]:
    texts: list[str] = []
    async with served(gateway) as url, StoryClient(url, patience=10.0) as client:
        watching = client.watch(STORY, 3, show=lambda text: texts.append(text.text))
        assert [event.sequence async for event in watching] == [4, 5, 6]
    return texts


async def test_the_text_so_far_is_shown_and_each_piece_added_once() -> None:
    gateway = TroubledGateway(writing(0, 1, 2, 2, 3, live="0 1 ", then=(4, 5, 6)))
    assert await shown(gateway) == ["0 1 ", "0 1 2 ", "0 1 2 3 "]


async def test_a_piece_that_was_lost_is_fetched_by_joining_again() -> None:
    gateway = TroubledGateway(writing(2, 4, live="0 1 "), writing(5, live="0 1 2 3 4 ", then=(4, 5, 6)))
    assert await shown(gateway) == ["0 1 ", "0 1 2 ", "0 1 2 3 4 ", "0 1 2 3 4 5 "]
    assert gateway.joined_after == [3, 3]


async def test_patience_is_for_times_in_which_nothing_comes() -> None:
    async def write(gateway: TroubledGateway, sid: str) -> None:
        for index in range(7):
            await gateway.write(sid, index)
            await asyncio.sleep(0.1)
        await gateway.disconnect(sid, namespace=NAMESPACE)

    async def join(gateway: TroubledGateway, sid: str, _: int) -> dict[str, Any]:
        gateway.start_background_task(write, gateway, sid)
        return joined(4, {"attempt": 1, "nextIndex": 0, "text": ""})

    gateway = TroubledGateway(then_cut(telling(1, 2, 3)), join, telling(4, 5, 6))
    assert await watched(gateway, patience=0.5) == [1, 2, 3, 4, 5, 6]
