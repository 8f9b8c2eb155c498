"""What every model does, whichever SDK it stands on."""

import asyncio
import re
from contextlib import aclosing
from dataclasses import replace

import pytest

from services.generator.model import Finished, ModelError, ModelErrorCode, Prompt, StoryModel, Text
from services.generator.models.settings import ModelName
from tests.integration.generator.models.conftest import Make

SOURCE = (
    "The keeper of the lighthouse was called Marit. Every evening Marit climbed the ninety steps. One night the lamp did "
    "not light, and a ship was near. Then old Marit took the mirror from the wall, and she held the moon in it. "
)
PROMPT = Prompt(title="The lamp", source=SOURCE, wish="a happy ending", seed=7)
DETERMINISTIC = (ModelName.SMOLLM2, ModelName.SCRIPTED)
TOLD: dict[ModelName, list[Text | Finished]] = {}


@pytest.fixture(params=list(ModelName))
def name(request: pytest.FixtureRequest) -> ModelName:
    return ModelName(request.param)


async def told(model: StoryModel, prompt: Prompt = PROMPT) -> list[Text | Finished]:
    return [item async for item in model.write(prompt)]


def text_of(items: list[Text | Finished]) -> str:
    return "".join(item.text for item in items if isinstance(item, Text))


async def first_words(model: StoryModel) -> Text | Finished:
    return (await begun(model, 1))[0]


async def begun(model: StoryModel, count: int) -> list[Text | Finished]:
    """The first pieces of a story."""
    async with aclosing(model.write(PROMPT)) as items:
        return [await anext(items) for _ in range(count)]


@pytest.fixture
async def story(name: ModelName, make: Make) -> list[Text | Finished]:
    """One whole story of each model, told once for all the tests that only read it."""
    if name not in TOLD:
        TOLD[name] = await told(make(name))
    return TOLD[name]


def test_a_stream_is_text_and_then_one_finished(story: list[Text | Finished]) -> None:
    assert text_of(story).strip()
    assert [type(item) for item in story] == [Text] * (len(story) - 1) + [Finished]
    assert len(story) > 2


def test_a_story_ends_with_its_last_sentence(story: list[Text | Finished]) -> None:
    assert re.search(r"[.!?…]\W*$", text_of(story))


async def test_a_model_may_be_prepared_before_it_writes(name: ModelName, make: Make) -> None:
    model = make(name)
    model.prepare()
    assert isinstance(await first_words(model), Text)


def test_usage_is_counted_and_never_nought(story: list[Text | Finished]) -> None:
    assert isinstance(story[-1], Finished)
    usage = story[-1].usage
    assert usage.input_tokens is not None
    assert usage.output_tokens is not None
    assert usage.input_tokens > 0
    assert usage.output_tokens > 0


@pytest.mark.parametrize("name", DETERMINISTIC, ids=str)
async def test_the_same_prompt_gives_the_same_text_whatever_was_written_before(name: ModelName, make: Make) -> None:
    model = make(name)
    once = await begun(model, 20)
    async with aclosing(model.write(replace(PROMPT, seed=8))) as other:
        await anext(other)
    assert await begun(model, 20) == once


async def test_another_seed_gives_another_story(make: Make) -> None:
    model = make(ModelName.SCRIPTED)
    assert text_of(await told(model)) != text_of(await told(model, replace(PROMPT, seed=8)))


async def test_closing_in_the_middle_leaves_the_model_ready_for_the_next_call(name: ModelName, make: Make) -> None:
    model = make(name)
    assert isinstance(await first_words(model), Text)
    async with asyncio.timeout(30):
        assert isinstance(await first_words(model), Text)


async def test_cancelling_the_task_that_iterates_ends_the_call(name: ModelName, make: Make) -> None:
    model, speaks = make(name), asyncio.Event()

    async def iterate() -> None:
        async for _ in model.write(PROMPT):
            speaks.set()

    task = asyncio.create_task(iterate())
    await speaks.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(30):
        assert isinstance(await first_words(model), Text)


async def test_calls_at_the_same_time_wait_for_each_other_or_run_at_once(name: ModelName, make: Make) -> None:
    model = make(name)
    async with asyncio.timeout(30):
        words = await asyncio.gather(*(first_words(model) for _ in range(3)))
    assert all(isinstance(item, Text) for item in words)


async def test_a_name_says_which_model_it_is(name: ModelName, make: Make) -> None:
    expected = {ModelName.SMOLLM2: "smollm2-135m", ModelName.SCRIPTED: "scripted"}
    assert make(name).name == expected.get(name, "gemini-2.5-flash")


@pytest.mark.parametrize("name", [ModelName.SMOLLM2, ModelName.SCRIPTED], ids=str)
async def test_a_model_that_takes_too_long_has_stalled(name: ModelName, make: Make) -> None:
    with pytest.raises(ModelError) as raised:
        await told(make(name, idle=0.001))
    assert raised.value.code is ModelErrorCode.STALLED
