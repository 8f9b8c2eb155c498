from collections.abc import AsyncIterator

import pytest
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig
from nats.js.errors import NotFoundError
from prometheus_client import CollectorRegistry

from contracts.dead_letters import DeadLetter
from contracts.streams import DEAD_LETTERS, STORIES
from contracts.subjects import ALL_DEAD, story_subject, write_subject
from services.common import topology
from services.common.clock import new_id, now
from services.common.dead_letters import DeadLetters
from services.common.requeue import StillDead, requeueing
from tests.integration.common.conftest import connected
from tests.integration.common.wire import wire_to
from tests.letters import letters, requeue
from tests.servers import Server

LOGGER = structlog.stdlib.get_logger("tests")


@pytest.fixture
async def client(own_nats: Server) -> AsyncIterator[Client]:
    """Of a NATS of its own: the letters are to be counted."""
    async with connected(own_nats.url) as client:
        await topology.declare(client.jetstream(timeout=5), new_id)
        yield client


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def sink(client: Client, registry: CollectorRegistry) -> DeadLetters:
    return DeadLetters(client, "store", now, registry, LOGGER)


async def delivered(client: Client, body: bytes = b"\xff") -> Msg:
    """A message of STORIES as a consumer gets it."""
    js = client.jetstream()
    subject = story_subject(new_id(), "requested")
    await js.publish(write_subject(subject), body, headers={"a": "b"})
    config = ConsumerConfig(ack_policy=AckPolicy.EXPLICIT)
    subscription = await js.pull_subscribe(subject, stream=STORIES.name, config=config)
    (message,) = await subscription.fetch(1, timeout=5)
    await subscription.unsubscribe()
    return message


def counted(registry: CollectorRegistry, reason: str) -> float | None:
    return registry.get_sample_value("storywire_dead_letters_total", {"handler": "store", "reason": reason})


async def test_the_same_message_put_twice_is_one_letter(
    client: Client, sink: DeadLetters, registry: CollectorRegistry
) -> None:
    message = await delivered(client)
    await sink.put(message, "undecodable", "not JSON")
    await sink.put(message, "failing", "and again")
    ((_, letter),) = (await letters(client)).items()
    assert (letter.body, letter.reason, letter.cause) == (b"\xff", "undecodable", "not JSON")
    assert (counted(registry, "undecodable"), counted(registry, "failing")) == (1, 0)


async def test_one_message_has_a_letter_of_each_handler(client: Client, sink: DeadLetters) -> None:
    message = await delivered(client)
    await sink.put(message, "undecodable", "not JSON")
    other = DeadLetters(client, "generator", now, CollectorRegistry(), LOGGER)
    await other.put(message, "undecodable", "not JSON")
    assert sorted(letter.handler for letter in (await letters(client)).values()) == ["generator", "store"]


async def test_a_letter_is_heard_once_it_is_kept(client: Client, sink: DeadLetters) -> None:
    heard = await client.subscribe(ALL_DEAD)
    await client.flush()
    message = await delivered(client)
    await sink.put(message, "undecodable", "not JSON")
    told = await heard.next_msg(timeout=5)
    assert DeadLetter.parse(told.headers or {}, told.data).subject == message.subject


async def test_no_letter_is_claimed_that_is_not_kept(
    client: Client, sink: DeadLetters, registry: CollectorRegistry
) -> None:
    message = await delivered(client)
    await client.jetstream().delete_stream(DEAD_LETTERS.name)
    with pytest.raises(NotFoundError):
        await client.jetstream().stream_info(DEAD_LETTERS.name)
    with pytest.raises(Exception, match="no response from stream"):
        await sink.put(message, "undecodable", "not JSON")
    assert counted(registry, "undecodable") == 0


async def test_a_message_that_fits_into_no_letter_is_told_of_and_stays_where_it_is(
    client: Client, sink: DeadLetters
) -> None:
    message = await delivered(client, bytes(client.max_payload - 200))
    await sink.put(message, "undecodable", "not JSON")
    ((_, letter),) = (await letters(client)).items()
    assert letter.body == b""
    assert f"left in STORIES at {letter.position}" in letter.cause
    assert client.is_connected


async def test_only_success_takes_a_letter_away(client: Client, sink: DeadLetters) -> None:
    await sink.put(await delivered(client), "undecodable", "not JSON")
    (number,) = await letters(client)
    outcomes = [StillDead("no better"), RuntimeError("broken"), None]

    async def again(letter: DeadLetter) -> None:
        assert letter.body == b"\xff"
        assert dict(letter.headers) == {"a": "b"}
        if (outcome := outcomes.pop(0)) is not None:
            raise outcome

    async with requeueing(client, "store", again, LOGGER):
        assert await requeue(client, "store", number) == "no better"
        assert await requeue(client, "store", number) == "the store failed: RuntimeError"
        assert number in await letters(client)
        assert await requeue(client, "store", number) is None
        assert await letters(client) == {}
        assert await requeue(client, "store", number) == f"there is no dead letter {number}"
        assert outcomes == []


async def test_two_that_requeue_one_letter_at_once_both_succeed(client: Client, sink: DeadLetters) -> None:
    await sink.put(await delivered(client), "undecodable", "not JSON")
    (number,) = await letters(client)

    async def again(_: DeadLetter) -> None:
        await client.jetstream().delete_msg(DEAD_LETTERS.name, number)  # The other one was quicker.

    async with requeueing(client, "store", again, LOGGER):
        assert await requeue(client, "store", number) is None


async def test_a_letter_that_cannot_be_taken_away_is_said_to_stay(client: Client, sink: DeadLetters) -> None:
    await sink.put(await delivered(client), "undecodable", "not JSON")
    (number,) = await letters(client)

    async def again(_: DeadLetter) -> None:
        js = client.jetstream()
        held = (await js.stream_info(DEAD_LETTERS.name)).config
        await js.update_stream(held, deny_delete=True)

    async with requeueing(client, "store", again, LOGGER):
        assert str(await requeue(client, "store", number)).startswith("the store failed: ")
        assert number in await letters(client)


async def test_a_handler_leaves_anothers_letters_alone(client: Client, sink: DeadLetters) -> None:
    await sink.put(await delivered(client), "undecodable", "not JSON")
    (number,) = await letters(client)

    async def again(_: DeadLetter) -> None:
        raise AssertionError

    async with requeueing(client, "generator", again, LOGGER):
        assert await requeue(client, "generator", number) == f"dead letter {number} is the store's"


async def test_whoever_asks_as_soon_as_it_works_is_heard(client: Client, own_nats: Server) -> None:
    """The handler's way to the server is longer than that of who asks."""

    async def again(_: DeadLetter) -> None:
        raise AssertionError

    async with (
        wire_to(own_nats.url) as wire,
        connected(wire.url) as handler,
        requeueing(handler, "store", again, LOGGER),
    ):
        assert await requeue(client, "store", 1) == "there is no dead letter 1"
