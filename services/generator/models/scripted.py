import asyncio
import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

from services.generator.model import Finished, ModelError, ModelErrorCode, Prompt, Text, Usage
from services.generator.models.feed import Feed
from services.generator.models.reply import Piece, reply
from services.generator.models.script import Failure, Script, Stall
from services.generator.models.scripted_text import scripted_text

Sleep = Callable[[float], Awaitable[None]]


class Scripted:
    """A model that does what its script says: the same prompt gives the same text, at a set pace, with set failures."""

    def __init__(self, script: Script, idle: float, sleep: Sleep = asyncio.sleep) -> None:
        self._script, self._idle, self._sleep = script, idle, sleep
        self._calls = 0

    @property
    def name(self) -> str:
        """Always `scripted`."""
        return "scripted"

    async def write(self, prompt: Prompt) -> AsyncGenerator[Text | Finished, None]:
        """Stream the story. See `StoryModel`."""
        self._calls += 1
        feed = Feed[Piece]()
        call = asyncio.create_task(self._call(prompt, self._calls, feed))
        try:
            async with aclosing(reply(feed, self._idle)) as items:
                async for item in items:
                    yield item
        finally:
            call.cancel()
            await asyncio.wait([call])

    def prepare(self) -> None:
        """Nothing is to be loaded."""

    async def close(self) -> None:
        """Nothing to let go of."""

    async def _call(self, prompt: Prompt, call: int, feed: Feed[Piece]) -> None:
        chunks = _chunks(scripted_text(prompt, self._script.words), self._script.chunk)
        read = Usage(input_tokens=len(prompt.source.split()) or None)
        fail, stall = _due(self._script.fail, call, len(chunks)), _due(self._script.stall, call, len(chunks))
        for number, chunk in enumerate([*chunks, ""]):
            if number == stall:
                return  # and the feed stays open
            if number == fail and self._script.fail is not None:
                feed.end(ModelError(self._script.fail.code, _SENTENCES[self._script.fail.code], read))
                return
            await self._sleep(self._script.pace)
            if chunk:
                feed.put(Piece(chunk, usage=read))
        feed.put(Piece(finish="STOP", usage=Usage(read.input_tokens, self._script.words or None)))


def _chunks(text: str, words: int) -> list[str]:
    return re.findall(rf"(?:\S+\s*){{1,{words}}}", text)


def _due(mishap: Failure | Stall | None, call: int, chunks: int) -> int | None:
    """Before which chunk the mishap comes, in this call; at the latest before the stream would finish."""
    if mishap is None or (mishap.times is not None and call > mishap.times):
        return None
    return min(mishap.after, chunks)


_SENTENCES = {
    ModelErrorCode.RATE_LIMITED: "The scripted model is over its rate limit.",
    ModelErrorCode.UNAVAILABLE: "The scripted model is not available at the moment.",
    ModelErrorCode.STALLED: "The scripted model stopped sending text.",
    ModelErrorCode.CUT_OFF: "The scripted model's reply broke off before the story was finished.",
    ModelErrorCode.PROMPT_BLOCKED: "The scripted model refused to write from this text.",
    ModelErrorCode.SAFETY: "The scripted model stopped: the story was blocked.",
    ModelErrorCode.RECITATION: "The scripted model stopped: the story came too close to a published text.",
    ModelErrorCode.MAX_TOKENS: "The scripted model ran out of room before the story was finished.",
    ModelErrorCode.EMPTY: "The scripted model finished without writing anything.",
    ModelErrorCode.UNAUTHORIZED: "The scripted model did not accept the key.",
    ModelErrorCode.REFUSED: "The scripted model refused the request.",
}
