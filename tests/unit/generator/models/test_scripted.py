import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.generator.model import Finished, ModelError, ModelErrorCode, Prompt, Text
from services.generator.models.script import Failure, Script, Stall
from services.generator.models.scripted import Scripted
from services.generator.models.scripted_text import scripted_text

PROMPT = Prompt(title="The lamp", source="Marit lit the lamp.")


async def rest(items: AsyncGenerator[Text | Finished, None], seen: list[str]) -> None:
    async for item in items:
        if isinstance(item, Text):
            seen.append(item.text)  # noqa: PERF401 - what was seen before an error counts


def quick(**script: object) -> Scripted:
    return Scripted(Script.model_validate({"pace": 0.0, **script}), idle=5)


@given(st.integers(min_value=0, max_value=300))
def test_a_text_has_exactly_as_many_words_as_asked_for(words: int) -> None:
    assert len(scripted_text(PROMPT, words).split()) == words


@pytest.mark.parametrize("other", [{"title": "x"}, {"source": "x"}, {"wish": "x"}, {"seed": 1}])
def test_every_part_of_the_prompt_changes_the_text(other: dict[str, str]) -> None:
    changed = Prompt(**{"title": PROMPT.title, "source": PROMPT.source, **other})  # type: ignore[arg-type]
    assert scripted_text(changed, 60) != scripted_text(PROMPT, 60)
    assert scripted_text(replace(PROMPT), 60) == scripted_text(PROMPT, 60)


def test_a_text_has_letters_that_take_one_to_four_bytes() -> None:
    assert {len(letter.encode()) for letter in scripted_text(PROMPT, 200)} == {1, 2, 3, 4}


async def test_chunks_are_of_the_set_size_and_add_up_to_the_text() -> None:
    seen: list[str] = []
    await rest(quick(words=10, chunk=4).write(PROMPT), seen)
    assert [len(chunk.split()) for chunk in seen] == [4, 4, 2]
    assert "".join(seen) == scripted_text(PROMPT, 10)


async def test_the_pace_is_waited_for_before_each_chunk() -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    await rest(Scripted(Script(words=6, chunk=3, pace=0.25), 5, sleep).write(PROMPT), [])
    assert waits[:2] == [0.25, 0.25]


@pytest.mark.parametrize("code", [code for code in ModelErrorCode if code is not ModelErrorCode.STALLED], ids=str)
async def test_every_failure_can_be_set(code: ModelErrorCode) -> None:
    seen: list[str] = []
    with pytest.raises(ModelError) as raised:
        await rest(quick(words=9, fail=Failure(code=code, after=2)).write(PROMPT), seen)
    assert raised.value.code is code
    assert len(seen) == 2


async def test_a_failure_passes_after_its_number_of_calls() -> None:
    model = quick(words=9, fail=Failure(code=ModelErrorCode.UNAVAILABLE, times=2))
    for _ in range(2):
        with pytest.raises(ModelError):
            await rest(model.write(PROMPT), [])
    seen: list[str] = []
    await rest(model.write(PROMPT), seen)
    assert seen


async def test_a_failure_behind_the_last_chunk_still_comes() -> None:
    with pytest.raises(ModelError):
        await rest(quick(words=3, fail=Failure(code=ModelErrorCode.CUT_OFF, after=99)).write(PROMPT), [])


async def test_a_stall_is_silence_until_the_idle_timeout() -> None:
    seen: list[str] = []
    model = Scripted(Script(words=9, pace=0, stall=Stall(after=1)), idle=0.1)
    with pytest.raises(ModelError) as raised:
        await rest(model.write(PROMPT), seen)
    assert raised.value.code is ModelErrorCode.STALLED
    assert len(seen) == 1


async def test_a_stall_can_be_cancelled() -> None:
    task = asyncio.create_task(rest(quick(stall=Stall()).write(PROMPT), []))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_story_without_words_is_empty() -> None:
    with pytest.raises(ModelError) as raised:
        await rest(quick(words=0).write(PROMPT), [])
    assert raised.value.code is ModelErrorCode.EMPTY
