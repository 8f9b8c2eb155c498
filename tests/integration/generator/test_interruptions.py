"""What happens to a story whose generator stops, dies or is overtaken, and whose owner changes their mind."""

import asyncio
import os
import signal
import sys

from contracts.events import (
    Event,
    ProcessingCancelled,
    ProcessingComplete,
    ProcessingStart,
    Usage,
)
from services.generator import model
from services.generator.model import Finished, Text
from tests.integration.generator.desk import Desk, Puppet, generating, kinds
from tests.servers import Server

TERMINAL = {"processing.complete", "processing.error", "processing.cancelled"}


def waiting(go: asyncio.Event) -> Puppet:
    """A model that says a word and waits."""
    return Puppet([(Text("Once"), go, Text(" more."), Finished(model.Usage(3, 2)))])


async def said(process: asyncio.subprocess.Process, words: str) -> None:
    """Wait until the process has logged `words`."""
    assert process.stderr is not None
    async with asyncio.timeout(20):
        while words.encode() not in await process.stderr.readline():
            pass


def writing(events: list[Event]) -> bool:
    return len(events) >= 4


async def test_a_graceful_stop_hands_the_story_to_the_next_generator_at_once(desk: Desk, own_nats: Server) -> None:
    never = asyncio.Event()
    async with generating(own_nats, waiting(never)):
        story = await desk.ask()
        await desk.until(story, writing)
    async with generating(own_nats, Puppet()):
        events = await desk.ended(story)
    assert [event.attempt for event in events if isinstance(event, ProcessingStart)] == [1, 2]
    assert isinstance(events[-1], ProcessingComplete)
    assert events[-1].attempt == 2


async def test_an_attempt_that_crashed_costs_nobody_knows_what(desk: Desk, own_nats: Server) -> None:
    never = asyncio.Event()
    async with generating(own_nats, waiting(never)):
        story = await desk.ask()
        await desk.until(story, writing)
    async with generating(own_nats, Puppet()):
        await desk.ended(story)
    state = (await desk.history.head(story)).state
    assert state is not None
    assert [(u.attempt, u.input_tokens, u.output_tokens) for u in state.usage] == [(1, None, None), (2, 7, 5)]


async def test_a_running_story_is_cancelled_and_its_model_call_closed(desk: Desk, own_nats: Server) -> None:
    puppet = waiting(asyncio.Event())
    async with generating(own_nats, puppet):
        story = await desk.ask()
        await desk.until(story, writing)
        await desk.cancel(story)
        events = await desk.ended(story)
    assert kinds(events)[-2:] == ["cancel.requested", "processing.cancelled"]
    assert puppet.closed_early == 1
    assert isinstance(events[-1], ProcessingCancelled)
    assert events[-1].attempt == 1


async def test_a_queued_story_is_cancelled_before_its_turn(desk: Desk, own_nats: Server) -> None:
    go = asyncio.Event()
    async with generating(own_nats, waiting(go), generator_concurrency=1):
        first, queued = await desk.ask(), await desk.ask()
        await desk.until(first, writing)
        await desk.cancel(queued)
        assert kinds(await desk.ended(queued)) == ["requested", "cancel.requested", "processing.cancelled"]
        go.set()
        await desk.ended(first)


async def test_a_cancel_nobody_was_there_to_hear_is_honoured_later(desk: Desk, own_nats: Server) -> None:
    story = await desk.ask()
    await desk.cancel(story)
    puppet = Puppet()
    async with generating(own_nats, puppet):
        events = await desk.ended(story)
    assert kinds(events) == ["requested", "cancel.requested", "processing.cancelled"]
    assert puppet.prompts == []


async def test_a_cancel_that_races_with_completion_leaves_one_terminal_event(desk: Desk, own_nats: Server) -> None:
    async with generating(own_nats, Puppet()):
        for turn in range(20):
            story = await desk.ask()
            await desk.until(story, lambda events, seen=turn % 5: len(events) > seen)  # type: ignore[misc]
            await desk.cancel_if_running(story)
            events = await desk.ended(story)
            assert sum(kind in TERMINAL for kind in kinds(events)) == 1


async def test_a_retry_writes_the_same_request_as_the_next_attempt(desk: Desk, own_nats: Server) -> None:
    puppet = Puppet()
    async with generating(own_nats, puppet):
        story = await desk.ask()
        await desk.ended(story)
        await desk.retry(story)
        await desk.until(story, lambda events: kinds(events).count("processing.complete") == 2)
        events = await desk.events(story)
    assert kinds(events)[6] == "retry.requested"
    assert [event.attempt for event in events if isinstance(event, ProcessingStart)] == [1, 2]
    assert [p.source for p in puppet.prompts] == ["A duck went to sea."] * 2


async def test_two_generators_leave_one_story(desk: Desk, own_nats: Server) -> None:
    async with generating(own_nats, Puppet()), generating(own_nats, Puppet()):
        stories = [await desk.ask() for _ in range(30)]
        for story in stories:
            events = await desk.ended(story)
            assert kinds(events).count("processing.complete") == 1
            assert [event.sequence for event in events] == list(range(1, len(events) + 1))


async def test_a_generator_that_wakes_up_after_its_story_was_taken_over_writes_nothing(
    desk: Desk, own_nats: Server
) -> None:
    environment = os.environ | {
        "NATS_URL": own_nats.url_of("generator"),
        "STORYWIRE_MODEL": "scripted",
        "STORYWIRE_SCRIPT": '{"words": 2000, "pace": 0.02}',
    }
    # The default ack_wait is 30 s; JetStream need not wait that long to believe that the first one is gone.
    await desk.redeliver_after(seconds=1)
    zombie = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.generator", env=environment, stderr=asyncio.subprocess.PIPE
    )
    try:
        story = await desk.ask()
        await desk.until(story, writing)
        os.kill(zombie.pid, signal.SIGSTOP)
        async with generating(own_nats, Puppet()):
            events = await desk.ended(story)
            os.kill(zombie.pid, signal.SIGCONT)
            await said(zombie, "left to another")
        assert await desk.events(story) == events
    finally:
        os.kill(zombie.pid, signal.SIGCONT)
        zombie.kill()
        await zombie.wait()
    assert isinstance(events[-1], ProcessingComplete)
    assert events[-1].attempt == 2
    assert events[-1].usage == Usage(input_tokens=7, output_tokens=5)


async def test_a_broker_that_dies_in_the_middle_costs_time_and_nothing_else(desk: Desk, own_nats: Server) -> None:
    go = asyncio.Event()
    async with generating(own_nats, waiting(go)):
        story = await desk.ask()
        await desk.until(story, writing)
        own_nats.kill()
        go.set()
        own_nats.start()
        events = await desk.ended(story)
        deltas = await desk.deltas(story)
    complete = events[-1]
    assert isinstance(complete, ProcessingComplete)
    assert complete.generated_content == "Once more."
    assert "".join(delta.text for delta in deltas if delta.attempt == complete.attempt) == "Once more."


async def test_a_cancel_that_is_heard_late_does_not_end_the_retry_that_followed(desk: Desk, own_nats: Server) -> None:
    story = await desk.ask()
    await desk.cancel(story)
    async with generating(own_nats, Puppet()):
        await desk.ended(story)
        go = asyncio.Event()
    async with generating(own_nats, waiting(go)):
        late = (await desk.history.events(story))[1]
        await desk.retry(story)
        await desk.until(story, lambda events: kinds(events)[-1] == "processing.progress" and len(events) >= 7)
        subject = f"story.{story}.{late.event.kind}"
        await desk.client.publish(subject, late.body, headers=late.envelope.headers())
        await desk.client.flush()
        go.set()
        assert isinstance((await desk.ended(story))[-1], ProcessingComplete)


async def test_a_cancel_that_is_heard_late_does_not_end_a_retry_that_waits_for_its_turn(
    desk: Desk, own_nats: Server
) -> None:
    go = asyncio.Event()
    async with generating(own_nats, waiting(go), generator_concurrency=1):
        story = await desk.ask()
        await desk.until(story, writing)
        await desk.cancel(story)
        await desk.ended(story)
        late = (await desk.history.events(story))[-2]
        other = await desk.ask()
        await desk.until(other, writing)
        await desk.retry(story)
        subject = f"story.{story}.{late.event.kind}"
        await desk.client.publish(subject, late.body, headers=late.envelope.headers())
        await desk.client.flush()
        go.set()
        assert isinstance((await desk.ended(story))[-1], ProcessingComplete)
