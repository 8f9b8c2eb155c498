import asyncio

import pytest

from contracts.events import (
    ProcessingComplete,
    ProcessingError,
    ProcessingProgress,
    ProcessingStart,
    Usage,
)
from services.generator import model
from services.generator.model import Finished, ModelError, ModelErrorCode, Text
from tests.integration.generator.desk import WHOLE, Desk, Puppet, generating, kinds
from tests.servers import Server

BUSY = ModelError(ModelErrorCode.RATE_LIMITED, "The model is busy.")
CUT = ModelError(ModelErrorCode.CUT_OFF, "The model stopped in the middle.", model.Usage(9, None))
HAPPY = [
    "requested",
    "processing.start",
    "processing.progress",
    "processing.progress",
    "processing.progress",
    "processing.complete",
]


async def test_a_story_goes_from_request_to_complete_without_a_gap(desk: Desk, own_nats: Server) -> None:
    async with generating(own_nats, Puppet()):
        events = await desk.ended(await desk.ask())
    assert kinds(events) == HAPPY
    assert [event.sequence for event in events] == [1, 2, 3, 4, 5, 6]
    assert [(e.progress, e.step) for e in events if isinstance(e, ProcessingProgress)] == [
        (25, "reading_file"),
        (50, "ai_processing"),
        (75, "saving_file"),
    ]
    complete = events[-1]
    assert isinstance(complete, ProcessingComplete)
    assert (complete.generated_content, complete.generated_word_count) == ("Once upon a time.", 4)
    assert complete.usage == Usage(input_tokens=7, output_tokens=5)


async def test_the_model_is_told_to_prepare_once_the_generator_works(desk: Desk, own_nats: Server) -> None:
    puppet = Puppet()
    async with generating(own_nats, puppet):
        assert puppet.prepared


async def test_the_model_gets_the_file_title_and_prompt(desk: Desk, own_nats: Server) -> None:
    puppet = Puppet()
    async with generating(own_nats, puppet):
        await desk.ended(await desk.ask("\ufeff  Ein Entchen schwamm.\n".encode()))
    assert [(p.title, p.source, p.wish) for p in puppet.prompts] == [("Duck", "Ein Entchen schwamm.", None)]


async def test_the_live_text_adds_up_to_the_story(desk: Desk, own_nats: Server) -> None:
    words = tuple(Text(f" wörd{n} 🦆\n") for n in range(200))
    async with generating(own_nats, Puppet([(*words, Finished(model.Usage()))])):
        story = await desk.ask()
        events = await desk.ended(story)
    deltas = await desk.deltas(story)
    complete = events[-1]
    assert isinstance(complete, ProcessingComplete)
    assert "".join(delta.text for delta in deltas) == complete.generated_content
    assert [delta.index for delta in deltas] == list(range(len(deltas)))
    assert complete.generated_content.startswith("wörd0 🦆\n wörd1")


async def test_many_stories_are_written_at_once(desk: Desk, own_nats: Server) -> None:
    go = asyncio.Event()
    puppet = Puppet([(Text("Once."), go, Finished(model.Usage()))])
    async with generating(own_nats, puppet, generator_concurrency=20):
        stories = [await desk.ask() for _ in range(20)]
        async with asyncio.timeout(20):
            while len(puppet.prompts) < 20:
                await asyncio.sleep(0.02)
        go.set()
        for story in stories:
            assert kinds(await desk.ended(story)) == HAPPY


async def test_no_more_stories_are_written_at_once_than_there_are_slots(desk: Desk, own_nats: Server) -> None:
    go = asyncio.Event()
    puppet = Puppet([(Text("Once."), go, Finished(model.Usage()))])
    async with generating(own_nats, puppet, generator_concurrency=2):
        stories = [await desk.ask() for _ in range(4)]
        await desk.until(stories[1], lambda events: len(events) == 4)
        assert len(puppet.prompts) == 2
        go.set()
        for story in stories:
            await desk.ended(story)


async def test_a_busy_model_is_called_again_within_the_attempt_and_the_progress_says_so(
    desk: Desk, own_nats: Server
) -> None:
    async with generating(own_nats, Puppet([(BUSY,), (BUSY,), WHOLE])):
        events = await desk.ended(await desk.ask())
    messages = [event.message for event in events if isinstance(event, ProcessingProgress) and event.progress == 50]
    assert messages == [
        "Writing your story",
        "The model is busy. Trying again in 0 s (2 of 4).",
        "The model is busy. Trying again in 0 s (3 of 4).",
    ]
    assert isinstance(events[-1], ProcessingComplete)
    assert events[-1].attempt == 1


async def test_a_model_that_stays_busy_fails_the_story_by_name(desk: Desk, own_nats: Server) -> None:
    puppet = Puppet([(BUSY,)])
    async with generating(own_nats, puppet, model_tries=3):
        events = await desk.ended(await desk.ask())
    error = events[-1]
    assert isinstance(error, ProcessingError)
    assert (error.code, error.step, error.retryable) == ("model_rate_limited", "ai_processing", True)
    assert len(puppet.prompts) == 3


async def test_a_blocked_prompt_is_not_tried_again(desk: Desk, own_nats: Server) -> None:
    puppet = Puppet([(ModelError(ModelErrorCode.PROMPT_BLOCKED, "The model refuses this text."),)])
    async with generating(own_nats, puppet):
        events = await desk.ended(await desk.ask())
    assert isinstance(events[-1], ProcessingError)
    assert (events[-1].code, events[-1].retryable, len(puppet.prompts)) == ("prompt_blocked", False, 1)


async def test_words_already_shown_are_taken_back_by_a_new_attempt(desk: Desk, own_nats: Server) -> None:
    async with generating(own_nats, Puppet([(Text("It was a dark "), CUT), WHOLE])):
        events = await desk.ended(await desk.ask())
    assert [event.attempt for event in events if isinstance(event, ProcessingStart)] == [1, 2]
    complete = events[-1]
    assert isinstance(complete, ProcessingComplete)
    assert (complete.attempt, complete.generated_content) == (2, "Once upon a time.")


@pytest.mark.parametrize(
    ("content", "changes", "code"),
    [
        pytest.param(b" \n\t ", {}, "file_blank", id="only white space"),
        pytest.param(b"\xff\xfe\xfd", {}, "file_not_text", id="not UTF-8"),
        pytest.param(b"duck", {"object": "elsewhere"}, "file_missing", id="not in the object store"),
        pytest.param(b"duck", {"digest": "0" * 64}, "file_damaged", id="other bytes than were uploaded"),
    ],
)
async def test_a_file_nobody_can_read_fails_the_story_at_reading_file(
    desk: Desk, own_nats: Server, content: bytes, changes: dict[str, str], code: str
) -> None:
    async with generating(own_nats, Puppet()):
        events = await desk.ended(await desk.ask(content, **changes))
    error = events[-1]
    assert isinstance(error, ProcessingError)
    assert (error.step, error.code) == ("reading_file", code)


async def test_a_model_that_writes_nothing_fails_the_story(desk: Desk, own_nats: Server) -> None:
    async with generating(own_nats, Puppet([(Text("  \n"), Finished(model.Usage()))])):
        events = await desk.ended(await desk.ask())
    assert isinstance(events[-1], ProcessingError)
    assert events[-1].code == "output_empty"
