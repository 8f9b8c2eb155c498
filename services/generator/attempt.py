"""One attempt at one story, from `start` to what ends it."""

import asyncio
from collections.abc import Awaitable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta

from nats.aio.client import Client
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from contracts.events import (
    ProcessingCancelled,
    ProcessingComplete,
    ProcessingError,
    ProcessingProgress,
    ProcessingStart,
)
from contracts.events import Usage as WireUsage
from services.common.clock import Clock
from services.generator.failure import Failure
from services.generator.live_text import LiveText
from services.generator.model import Finished, ModelError, Prompt, StoryModel, Text, Usage
from services.generator.story_log import CancelWished, StoryLog
from services.generator.upload import read_upload


@dataclass(frozen=True)
class Patience:
    """How often a model is called within one attempt, and how long the first pause is (seconds, doubled each time)."""

    tries: int
    wait: float


class StartOver(RuntimeError):
    """The model failed when words had been shown already: they can only be taken back by a new attempt."""


class Attempt:
    """Writes one attempt's events. Whatever happens, the story gets exactly one terminal event, or another attempt."""

    def __init__(
        self,
        *,
        log: StoryLog,
        model: StoryModel,
        client: Client,
        clock: Clock,
        patience: Patience,
        cancelled: asyncio.Event,
    ) -> None:
        self._log = log
        self._model = model
        self._client = client
        self._clock = clock
        self._patience = patience
        self._cancelled = cancelled
        self._number = log.state.attempt + 1
        self._live = LiveText(client, log.story_id, self._number, clock)
        self._usage: Usage | None = None

    async def run(self, *, may_start_over: bool) -> None:
        """Write the story. Raises StartOver if `may_start_over`, TakenOver, and what NATS and the code throw."""
        began = self._clock()
        await self._live.follow()
        try:
            await self._log.append(
                ProcessingStart, step="story_generation", attempt=self._number, model=self._model.name
            )
            await self._interruptibly(self._write())
            await self._progress(75, "saving_file", "Saving your story")
            await self._complete(began)
        except CancelWished:
            await self._log.append(
                ProcessingCancelled, even_cancelled=True, attempt=self._number, usage=_on_the_wire(self._usage)
            )
        except Failure as failure:
            if failure.retryable and self._live.text and may_start_over:
                raise StartOver(failure.error) from failure
            await self.fail(failure)

    async def fail(self, failure: Failure) -> None:
        """End the attempt with `processing.error`."""
        await self._log.append(
            ProcessingError,
            even_cancelled=True,
            error=failure.error,
            step=failure.step,
            code=failure.code,
            retryable=failure.retryable,
            attempt=self._number,
            usage=_on_the_wire(failure.usage),
        )

    async def _write(self) -> None:
        await self._progress(25, "reading_file", "Reading your file")
        state = self._log.state
        source = await read_upload(self._client, state.file)
        await self._progress(50, "ai_processing", "Writing your story")
        await self._stream(Prompt(state.title, source, state.prompt, seed=self._number))
        if not self._live.text:
            raise Failure("The model wrote nothing.", "ai_processing", "output_empty", retryable=True)

    async def _complete(self, began: datetime) -> None:
        text = self._live.text
        await self._log.append(
            ProcessingComplete,
            generated_content=text,
            generated_word_count=len(text.split()),
            processing_time=(self._clock() - began) // timedelta(milliseconds=1),
            attempt=self._number,
            usage=_on_the_wire(self._usage),
        )

    async def _progress(self, progress: int, step: str, message: str) -> None:
        await self._log.append(ProcessingProgress, progress=progress, step=step, message=message, attempt=self._number)

    async def _stream(self, prompt: Prompt) -> None:
        """Call the model, again where that may help, and publish what it writes."""
        retrying = AsyncRetrying(
            stop=stop_after_attempt(self._patience.tries),
            wait=wait_exponential_jitter(initial=self._patience.wait, max=30, jitter=self._patience.wait),
            retry=retry_if_exception(self._worth_another_call),
            before_sleep=self._say_so,
            reraise=True,
        )
        try:
            await retrying(self._call_once, prompt)
        except ModelError as error:
            self._usage = error.usage
            raise Failure.of_model(error) from error

    def _worth_another_call(self, error: BaseException) -> bool:
        return isinstance(error, ModelError) and error.retryable and not self._live.text

    async def _say_so(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        wait = state.next_action.sleep if state.next_action else 0
        again = f"Trying again in {wait:.0f} s ({state.attempt_number + 1} of {self._patience.tries})."
        await self._progress(50, "ai_processing", f"{error} {again}")

    async def _call_once(self, prompt: Prompt) -> None:
        async with self._live.publishing(), aclosing(self._model.write(prompt)) as stream:
            async for item in stream:
                self._live.raise_if_stopped()
                match item:
                    case Text(text):
                        self._live.add(text)
                    case Finished(usage):
                        self._usage = usage

    async def _interruptibly(self, work: Awaitable[None]) -> None:
        """Run `work`, but no longer than until the owner wishes to cancel. Raises CancelWished then."""
        working = asyncio.ensure_future(work)
        wished = asyncio.create_task(self._cancelled.wait())
        try:
            await asyncio.wait({working, wished}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                raise CancelWished(self._log.story_id)
        finally:
            wished.cancel()
            await _end(working)
        await working


async def _end(task: asyncio.Future[None]) -> None:
    """Cancel `task` unless it is done, and wait until it is, whatever it has to say then."""
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.exception()


def _on_the_wire(usage: Usage | None) -> WireUsage | None:
    return None if usage is None else WireUsage(input_tokens=usage.input_tokens, output_tokens=usage.output_tokens)
