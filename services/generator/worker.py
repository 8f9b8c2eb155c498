"""What one delivered request comes to: nothing left to do, an end without work, or attempts until one ends the story."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from nats.aio.client import Client

from contracts.envelope import Envelope
from contracts.events import ProcessingCancelled, ProcessingError
from contracts.story import StoryState
from services.common.clock import Clock
from services.common.history import History
from services.common.logging import Logger
from services.common.write_guard import WriteGuard
from services.generator.attempt import Attempt, Patience, StartOver
from services.generator.live_text import Fenced
from services.generator.model import StoryModel
from services.generator.story_log import StoryLog, TakenOver


@dataclass(frozen=True)
class Request:
    """A `requested` or `retry.requested` as it was delivered. `delivery` counts 1, 2, 3, ..."""

    story_id: str
    sequence: int
    envelope: Envelope
    delivery: int


class TooOften(RuntimeError):
    """The request has been delivered more often than anybody works on one."""


class Worker:
    """Takes requests to their terminal events."""

    def __init__(
        self,
        *,
        client: Client,
        history: History,
        guard: WriteGuard,
        model: StoryModel,
        clock: Clock,
        patience: Patience,
        max_deliveries: int,
        logger: Logger,
    ) -> None:
        self._client = client
        self._history = history
        self._guard = guard
        self._model = model
        self._clock = clock
        self._patience = patience
        self._max_deliveries = max_deliveries
        self._logger = logger

    async def work(self, request: Request, cancelled: asyncio.Event) -> bool:
        """Bring the request to its end. False when somebody else is at it, and the message theirs to settle.

        Raises TooOften, and what NATS and the code throw.
        """
        head = await self._history.head(request.story_id)
        if head.state is None or is_settled(head.state, request.sequence):
            return True
        log = StoryLog(head, request.envelope, self._history, self._guard, self._clock)
        try:
            await self._settle(log, request, cancelled)
        except (TakenOver, Fenced) as lost:
            self._logger.info("left to another", story_id=request.story_id, reason=str(lost))
            state = (await self._history.head(request.story_id)).state
            return state is None or is_settled(state, request.sequence)
        return True

    async def cancel(self, story_id: str) -> None:
        """End a story that waits for its turn, if that is still wished. One that runs is left to whoever runs it."""
        head = await self._history.head(story_id)
        if head.state is None or head.envelope is None or head.state.status != "requested":
            return
        if not head.state.cancel_requested:  # The notice came late: the story was cancelled, and retried since.
            return
        log = StoryLog(head, head.envelope, self._history, self._guard, self._clock)
        try:
            await self._end_unstarted(log)
        except TakenOver:
            self._logger.info("already taken up or ended", story_id=story_id)

    async def _settle(self, log: StoryLog, request: Request, cancelled: asyncio.Event) -> None:
        if log.state.cancel_requested:
            await self._end_unstarted(log)
        elif request.delivery > self._max_deliveries:
            raise TooOften(f"its work was interrupted {self._max_deliveries} times")
        else:
            await self._attempt(log, cancelled)

    async def _attempt(self, log: StoryLog, cancelled: asyncio.Event) -> None:
        for number in range(1, self._patience.tries + 1):
            attempt = Attempt(
                log=log,
                model=self._model,
                client=self._client,
                clock=self._clock,
                patience=self._patience,
                cancelled=cancelled,
            )
            try:
                await attempt.run(may_start_over=number < self._patience.tries)
            except StartOver as reason:
                self._logger.info("starting over", story_id=log.story_id, reason=str(reason))
                await asyncio.sleep(self._patience.wait * 2 ** (number - 1))
            else:
                return

    async def _end_unstarted(self, log: StoryLog) -> None:
        attempt = log.state.attempt + (log.state.status == "requested")
        await log.append(ProcessingCancelled, even_cancelled=True, attempt=attempt)

    def is_last(self, delivery: int) -> bool:
        """Whether a request that fails now has failed often enough."""
        return delivery >= self._max_deliveries

    async def give_up(self, request: Request) -> None:
        """Fail the story, unless it has ended. Raises what NATS and the code throw."""
        head = await self._history.head(request.story_id)
        if head.state is None or is_settled(head.state, request.sequence):
            return
        log = StoryLog(head, request.envelope, self._history, self._guard, self._clock)
        with suppress(TakenOver):
            await log.append(
                ProcessingError,
                even_cancelled=True,
                error=f"Writing this story was interrupted {self._max_deliveries} times. Try it again later.",
                step="story_generation",
                code="interrupted_too_often",
                retryable=True,
                attempt=max(1, log.state.attempt),
            )


def is_settled(state: StoryState, sequence: int) -> bool:
    """Whether the request with this sequence has come to its terminal event."""
    return state.ended or state.request_sequence != sequence
