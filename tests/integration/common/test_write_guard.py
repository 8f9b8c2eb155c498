import asyncio
import time
from collections.abc import Callable

import pytest
from nats.aio.client import Client

from contracts import subjects
from contracts.events import Event
from contracts.limits import MESSAGE_BYTES
from contracts.story import fold
from contracts.streams import STORIES
from services.common import topology
from services.common.clock import new_id
from services.common.history import Head, History
from services.common.stored import Unreadable, read
from services.common.write_guard import Conflict, TooLarge, Unwritable, WriteGuard
from tests import controls
from tests.integration.common.conftest import connected
from tests.integration.common.wire import once, wire_to
from tests.servers import Server


def _guard(client: Client) -> WriteGuard:
    return WriteGuard(client, "tests", new_id, time.monotonic)


async def _write(guard: WriteGuard, head: Head, *events: Event) -> Head:
    for event in events:
        head = await guard.append(head, event)
    return head


async def _stored(client: Client, story: str) -> list[tuple[str, bytes]]:
    return [
        (message.subject, message.body) async for message in read(client, STORIES.name, subjects.story_events(story))
    ]


def _messages(*events: Event) -> list[tuple[str, bytes]]:
    return [(subjects.story_subject(event.story_id, event.kind), event.body()) for event in events]


async def test_a_chain_of_writes_becomes_the_story_in_order(client: Client, story: str) -> None:
    events = controls.finished_story(story_id=story)
    head = await _write(_guard(client), Head(story), *events)
    recorded = await History(client).events(story)
    assert [each.event for each in recorded] == list(events)
    assert [each.event.sequence for each in recorded] == [1, 2, 3, 4, 5, 6]
    assert head == await History(client).head(story)
    assert head.state == fold(events)
    assert head.next_sequence == 7


async def test_each_event_names_the_one_before_it_as_its_cause(client: Client, story: str) -> None:
    await _write(_guard(client), Head(story), *controls.finished_story(story_id=story))
    envelopes = [each.envelope for each in await History(client).events(story)]
    assert [each.causation for each in envelopes] == [envelopes[0].id, *(each.id for each in envelopes[:-1])]
    assert {each.correlation for each in envelopes} == {envelopes[0].id}


async def test_of_many_writers_behind_one_head_exactly_one_wins(client: Client, story: str) -> None:
    guard = _guard(client)
    head = await guard.append(Head(story), controls.requested(story_id=story))
    rivals = [controls.start(story_id=story, model=f"rival {number}") for number in range(8)]
    outcomes = await asyncio.gather(*(_guard(client).append(head, rival) for rival in rivals), return_exceptions=True)
    winners = [outcome for outcome in outcomes if isinstance(outcome, Head)]
    assert len(winners) == 1
    assert [type(outcome) for outcome in outcomes if outcome not in winners] == [Conflict] * 7
    assert [each.event for each in await History(client).events(story)][1:] == [rivals[outcomes.index(winners[0])]]


async def test_whoever_lost_reads_again_and_writes_behind_the_winner(client: Client, story: str) -> None:
    guard = _guard(client)
    first = await guard.append(Head(story), controls.requested(story_id=story))
    await guard.append(first, controls.cancel_requested(2, story_id=story))
    with pytest.raises(Conflict, match=story):
        await guard.append(first, controls.start(2, story_id=story))
    head = await History(client).head(story)
    await guard.append(head, controls.start(head.next_sequence, story_id=story))
    assert len(await _stored(client, story)) == 3


async def test_a_story_begins_once(client: Client, story: str) -> None:
    await _guard(client).append(Head(story), controls.requested(story_id=story))
    with pytest.raises(Conflict):
        await _guard(client).append(Head(story), controls.requested(story_id=story))


async def test_a_refused_event_is_heard_nowhere(client: Client, story: str) -> None:
    guard = _guard(client)
    listener = await client.subscribe(subjects.ALL_STORIES)
    first = await guard.append(Head(story), controls.requested(story_id=story))
    second = await guard.append(first, controls.start(2, story_id=story))
    with pytest.raises(Conflict):
        await guard.append(first, controls.start(2, story_id=story, model="too late"))
    await guard.append(second, controls.progress(25, 3, story_id=story))
    heard: list[bytes] = []
    while len(heard) < 3:  # The third was committed last: a refusal that can be heard would have come before it.
        message = await listener.next_msg(timeout=5)
        if message.subject.startswith(subjects.story_subject(story, "")):
            heard.append(message.data)
    await listener.unsubscribe()
    assert heard == [body for _, body in await _stored(client, story)]


async def test_what_is_heard_is_what_was_written_headers_and_all(client: Client, story: str) -> None:
    listener = await client.subscribe(subjects.story_events(story))
    head = await _guard(client).append(Head(story), controls.requested(story_id=story))
    message = await listener.next_msg(timeout=5)
    await listener.unsubscribe()
    assert head.envelope is not None
    assert (message.headers or {}).items() >= head.envelope.headers().items()
    assert (message.headers or {})["Nats-Sequence"] == str(head.position)
    assert message.data == controls.requested(story_id=story).body()


async def test_an_event_that_no_message_can_hold_is_refused_at_once(client: Client, story: str) -> None:
    guard = _guard(client)
    head = await _write(guard, Head(story), *controls.finished_story(story_id=story)[:5])
    with pytest.raises(TooLarge, match=str(MESSAGE_BYTES)):
        await guard.append(head, controls.complete(6, story_id=story, generated_content="x" * (MESSAGE_BYTES + 1)))
    await guard.append(head, controls.complete(6, story_id=story))


def _kill_and_start(server: Server) -> None:
    server.kill()
    server.start()


@pytest.mark.parametrize("accident", [lambda server: None, _kill_and_start], ids=["cut wire", "kill -9"])  # noqa: ARG005
async def test_a_write_whose_ack_was_lost_is_there_once(own_nats: Server, accident: Callable[[Server], None]) -> None:
    async with wire_to(own_nats.url) as wire, connected(wire.url) as client:
        await topology.declare(client.jetstream(timeout=5), new_id)
        events = controls.finished_story()
        head = await _write(_guard(client), Head(controls.STORY), *events[:2])
        wire.to_client = once(b'"stream":"STORIES"', lambda: accident(own_nats))
        await _write(_guard(client), head, *events[2:])
        assert wire.cuts == 1
        assert await _stored(client, controls.STORY) == _messages(*events)


async def test_a_write_that_never_arrived_is_there_once(own_nats: Server) -> None:
    async with wire_to(own_nats.url) as wire, connected(wire.url) as client:
        await topology.declare(client.jetstream(timeout=5), new_id)
        events = controls.finished_story()
        head = await _write(_guard(client), Head(controls.STORY), *events[:2])
        wire.to_server = once(b'"progress":25')
        await _write(_guard(client), head, *events[2:])
        assert wire.cuts == 1
        assert await _stored(client, controls.STORY) == _messages(*events)


async def test_a_rival_that_wrote_while_the_ack_was_lost_is_told_from_oneself(own_nats: Server) -> None:
    async with connected(own_nats.url) as rival, wire_to(own_nats.url) as wire, connected(wire.url) as client:
        await topology.declare(rival.jetstream(timeout=5), new_id)
        head = await _guard(client).append(Head(controls.STORY), controls.requested())
        wire.to_server = once(b'"step":"story_generation"')
        late = asyncio.create_task(_guard(client).append(head, controls.start(2)))
        await _guard(rival).append(head, controls.cancel_requested(2))
        with pytest.raises(Conflict):
            await late
        assert await _stored(rival, controls.STORY) == _messages(controls.requested(), controls.cancel_requested(2))


async def test_patience_ends_while_nats_is_away_and_reads_say_so_too(own_nats: Server) -> None:
    async with connected(own_nats.url) as client:
        await topology.declare(client.jetstream(timeout=5), new_id)
        own_nats.kill()
        with pytest.raises(Unwritable, match="NATS_URL"):
            await _guard(client).append(Head(controls.STORY), controls.requested(), patience=0.3)
        with pytest.raises(Unreadable, match="NATS_URL"):
            await History(client).head(controls.STORY)


async def test_a_write_waits_for_nats_to_come_back(own_nats: Server) -> None:
    async with connected(own_nats.url) as client:
        await topology.declare(client.jetstream(timeout=5), new_id)
        own_nats.kill()
        waiting = asyncio.create_task(_guard(client).append(Head(controls.STORY), controls.requested()))
        while client.is_connected:
            await asyncio.sleep(0.01)
        own_nats.start()
        await waiting
        assert await _stored(client, controls.STORY) == _messages(controls.requested())
