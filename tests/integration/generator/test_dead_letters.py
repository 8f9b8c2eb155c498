"""A request that nobody can work on becomes a dead letter; its story fails where it can, and the others go on."""

from collections.abc import AsyncGenerator

import pytest
from nats.aio.msg import Msg
from prometheus_client import CollectorRegistry

from contracts import subjects
from contracts.dead_letters import DeadLetter
from contracts.events import ProcessingComplete, ProcessingError, RetryRequested
from contracts.streams import GENERATOR, STORIES
from services.common.clock import new_id, now
from services.common.dead_letters import DeadLetters
from services.generator.model import Finished, Prompt, Text
from tests import controls
from tests.integration.generator.desk import LOGGER, Desk, Puppet, generating, kinds
from tests.letters import letters, requeue
from tests.servers import Server


class Faulty(Puppet):
    """A model whose code breaks on what one story's file says."""

    async def write(self, prompt: Prompt) -> AsyncGenerator[Text | Finished, None]:
        if "poison" in prompt.source:
            raise ArithmeticError("no such number")
        async for item in super().write(prompt):
            yield item


async def only_letter(desk: Desk) -> tuple[int, DeadLetter]:
    ((number, letter),) = (await desk.eventually(lambda: letters(desk.client))).items()
    return number, letter


async def test_what_is_no_request_lands_with_its_bytes_while_others_go_on(desk: Desk, own_nats: Server) -> None:
    subject = subjects.story_subject(new_id(), "requested")
    await desk.client.jetstream().publish(subjects.write_subject(subject), b"\xff{")
    async with generating(own_nats, Puppet()):
        assert isinstance((await desk.ended(await desk.ask()))[-1], ProcessingComplete)
        number, letter = await only_letter(desk)
        assert (letter.handler, letter.reason, letter.deliveries) == ("generator", "undecodable", 1)
        assert (letter.subject, letter.body) == (subject, b"\xff{")

        assert await requeue(desk.client, "generator", number) == letter.cause
        assert number in await letters(desk.client)


async def test_work_that_keeps_failing_fails_its_story_and_tells_the_cause(desk: Desk, own_nats: Server) -> None:
    async with generating(own_nats, Faulty()):
        poisoned = await desk.ask(b"poison")
        assert isinstance((await desk.ended(await desk.ask()))[-1], ProcessingComplete)
        error = (await desk.ended(poisoned))[-1]
        assert isinstance(error, ProcessingError)
        assert (error.code, error.retryable, error.attempt) == ("interrupted_too_often", True, 5)
        number, letter = await only_letter(desk)
        assert (letter.reason, letter.cause) == ("failing", "ArithmeticError")
        assert letter.deliveries <= 6

        events = await desk.events(poisoned)
        assert await requeue(desk.client, "generator", number) is None, "there is nothing left to do"
        assert await letters(desk.client) == {}
        assert await desk.events(poisoned) == events


async def delivered(desk: Desk) -> Msg:
    """Take a request in a generator's place."""
    thief = await desk.client.jetstream().pull_subscribe_bind(consumer=GENERATOR.durable, stream=STORIES.name)
    (message,) = await thief.fetch(1, timeout=10)
    await thief.unsubscribe()
    return message


async def test_a_request_that_was_interrupted_too_often_lands_too(desk: Desk, own_nats: Server) -> None:
    story = await desk.ask()
    for _ in range(5):
        await (await delivered(desk)).nak()
    async with generating(own_nats, Puppet()):
        events = await desk.ended(story)
    assert kinds(events) == ["requested", "processing.error"]
    _, letter = await only_letter(desk)
    assert (letter.reason, letter.deliveries) == ("interrupted", 6)


async def test_a_request_whose_story_can_not_even_fail_lands_all_the_same(desk: Desk, own_nats: Server) -> None:
    stray = RetryRequested(story_id=new_id(), sequence=1, timestamp=now())
    target = subjects.write_subject(subjects.story_subject(stray.story_id, stray.kind))
    await desk.client.jetstream().publish(target, stray.body(), headers=controls.envelope(stray).headers())
    async with generating(own_nats, Puppet()):
        assert isinstance((await desk.ended(await desk.ask()))[-1], ProcessingComplete)
        _, letter = await only_letter(desk)
        assert (letter.reason, letter.body) == ("failing", stray.body())
        assert letter.deliveries <= 6
        await desk.eventually(lambda: settled(desk))


async def settled(desk: Desk) -> bool:
    info = await desk.client.jetstream().consumer_info(STORIES.name, GENERATOR.durable)
    return (info.num_pending, info.num_ack_pending) == (0, 0)


@pytest.fixture
def sink(desk: Desk) -> DeadLetters:
    return DeadLetters(desk.client, "generator", now, CollectorRegistry(), LOGGER)


async def test_a_requeued_request_is_worked_on_as_if_it_were_new(
    desk: Desk, own_nats: Server, sink: DeadLetters
) -> None:
    story = await desk.ask()
    message = await delivered(desk)
    await sink.put(message, "failing", "it broke")
    await message.term()
    number, _ = await only_letter(desk)
    async with generating(own_nats, Puppet()):
        assert await requeue(desk.client, "generator", number) is None
        assert isinstance((await desk.events(story))[-1], ProcessingComplete)
        assert await letters(desk.client) == {}
        assert await requeue(desk.client, "generator", number) == f"there is no dead letter {number}"
