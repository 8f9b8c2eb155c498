"""Who was overtaken writes nothing, however the story went on without them."""

import pytest

from contracts.events import ProcessingCancelled, ProcessingError, ProcessingStart
from services.common.clock import now
from services.generator.story_log import StoryLog, TakenOver
from tests.integration.generator.desk import Desk, kinds


async def started(desk: Desk) -> StoryLog:
    """A story whose first attempt has begun, in the hands of who began it."""
    story_id = await desk.ask()
    head = await desk.history.head(story_id)
    assert head.envelope is not None
    log = StoryLog(head, head.envelope, desk.history, desk.guard, now)
    await log.append(ProcessingStart, step="story_generation", attempt=1)
    return log


async def ended_by_another(desk: Desk, story_id: str) -> None:
    head = await desk.history.head(story_id)
    assert head.envelope is not None
    another = StoryLog(head, head.envelope, desk.history, desk.guard, now)
    await another.append(ProcessingCancelled, even_cancelled=True, attempt=1)


@pytest.mark.parametrize("even_cancelled", [True, False])
async def test_a_retry_that_nobody_has_begun_is_not_ended_by_who_was_at_the_request_before(
    desk: Desk, even_cancelled: bool
) -> None:
    overtaken = await started(desk)
    story_id = overtaken.story_id
    await desk.cancel(story_id)
    await ended_by_another(desk, story_id)
    await desk.retry(story_id)
    with pytest.raises(TakenOver):
        await overtaken.append(ProcessingCancelled, even_cancelled=even_cancelled, attempt=1)
    assert kinds(await desk.events(story_id))[-1] == "retry.requested"


async def test_a_story_that_another_has_ended_is_not_ended_again(desk: Desk) -> None:
    overtaken = await started(desk)
    await ended_by_another(desk, overtaken.story_id)
    failed = {"error": "No.", "step": "ai_processing", "code": "no", "retryable": True, "attempt": 1}
    with pytest.raises(TakenOver):
        await overtaken.append(ProcessingError, even_cancelled=True, **failed)
