"""A generator that is older than who writes to it: it works on what it can read, and crashes at nothing else."""

import asyncio
from typing import ClassVar

from contracts import subjects
from contracts.events import Event, ProcessingComplete, Requested
from contracts.streams import STORIES
from services.common.clock import new_id, now
from services.common.history import Head
from services.generator.model import Finished, Text, Usage
from tests import controls
from tests.integration.generator.desk import Desk, Puppet, generating, kinds
from tests.letters import letters
from tests.servers import Server


class NewerRequested(Requested):
    """A request as a later Storywire may write it."""

    version: ClassVar[int] = 2


class PauseRequested(Event):
    """A command that no generator of today knows."""

    kind: ClassVar[str] = "pause.requested"


async def pause(desk: Desk, story_id: str) -> None:
    head = await desk.history.head(story_id)
    event = PauseRequested(story_id=story_id, sequence=head.next_sequence, timestamp=now(), until="tomorrow")
    await desk.guard.append(head, event)


async def test_a_request_that_says_more_than_we_know_is_worked_on(desk: Desk, own_nats: Server) -> None:
    uploaded = await desk.history.events(await desk.ask())
    asked = uploaded[0].event.model_copy(update={"story_id": new_id()}).model_dump()
    newer = NewerRequested.model_validate(asked | {"mood": "hopeful"})
    await desk.guard.append(Head(newer.story_id), newer)
    async with generating(own_nats, Puppet()):
        events = await desk.ended(newer.story_id)
    assert isinstance(events[-1], ProcessingComplete)
    assert events[0].body() == newer.body()


async def test_a_command_that_we_do_not_know_is_kept_and_holds_up_no_attempt(desk: Desk, own_nats: Server) -> None:
    paused = asyncio.Event()
    model = Puppet([(Text("Once upon "), paused, Text("a time."), Finished(Usage(7, 5)))])
    async with generating(own_nats, model):
        story_id = await desk.ask()
        await desk.until(story_id, lambda events: len(events) == 4)
        await pause(desk, story_id)
        paused.set()
        events = await desk.ended(story_id)
    assert kinds(events)[3:] == ["processing.progress", "unknown", "processing.progress", "processing.complete"]
    assert [event.sequence for event in events] == [1, 2, 3, 4, 5, 6, 7]
    assert isinstance(events[-1], ProcessingComplete)
    assert events[-1].generated_content == "Once upon a time."
    assert await letters(desk.client) == {}


async def test_a_request_that_only_a_newer_one_can_read_waits_for_it_while_others_go_on(
    desk: Desk, own_nats: Server
) -> None:
    newer = NewerRequested.model_validate(controls.requested(story_id=new_id()).model_dump())
    said = newer.body().replace(b'"title":', b'"headline":')
    target = subjects.write_subject(subjects.story_subject(newer.story_id, newer.kind))
    await desk.client.jetstream().publish(target, said, stream=STORIES.name, headers=controls.envelope(newer).headers())
    async with generating(own_nats, Puppet(), max_deliveries=1):
        assert isinstance((await desk.ended(await desk.ask()))[-1], ProcessingComplete)
        (letter,) = (await desk.eventually(lambda: letters(desk.client))).values()
    assert (letter.handler, letter.reason, letter.body) == ("generator", "failing", said)
    assert [event.body() for event in await desk.events(newer.story_id)] == [said]
