import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress

import httpx2
from google import genai
from google.genai import errors, types
from pydantic import SecretStr

from services.generator.model import Finished, ModelError, Prompt, Text, Usage
from services.generator.models.feed import Feed
from services.generator.models.instructions import instructions
from services.generator.models.refusal import cut_off, refusal, silent, unreachable
from services.generator.models.reply import Piece, reply

_CONNECTIONS = 64
_MORE_THAN_IDLE = 5.0  # seconds: the event loop's own timer is the one that speaks
_SEEDS = 2**31  # the service takes a signed 32-bit seed


class GenAI:
    """Gemini through google-genai, over its asynchronous REST client."""

    def __init__(self, key: SecretStr, model: str, endpoint: str | None, idle: float) -> None:
        self._model, self._idle = model, idle
        # Its own client: the SDK would take aiohttp wherever that happens to be installed, whose timeout is a total.
        self._http = httpx2.AsyncClient(
            timeout=idle + _MORE_THAN_IDLE,
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=_CONNECTIONS),
        )
        self._client = genai.Client(
            api_key=key.get_secret_value(),
            enterprise=False,
            http_options=types.HttpOptions(
                base_url=endpoint,
                api_version="v1beta",
                timeout=int((idle + _MORE_THAN_IDLE) * 1000),
                retry_options=types.HttpRetryOptions(attempts=1),
                httpx_async_client=self._http,
            ),
        )

    @property
    def name(self) -> str:
        """The name of the model at the service."""
        return self._model

    async def write(self, prompt: Prompt) -> AsyncGenerator[Text | Finished, None]:
        """Stream the story. See `StoryModel`."""
        feed = Feed[Piece]()
        # A task of its own, because cancelling one closes every generator of the SDK's in turn; `aclose` does not.
        call = asyncio.create_task(self._call(prompt, feed))
        try:
            async with aclosing(reply(feed, self._idle)) as items:
                async for item in items:
                    yield item
        finally:
            call.cancel()
            with suppress(asyncio.CancelledError):
                await call

    def prepare(self) -> None:
        """Nothing is to be loaded."""

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()
        self._client.close()

    async def _call(self, prompt: Prompt, feed: Feed[Piece]) -> None:
        told = instructions(prompt)
        answered = False
        try:
            stream = await self._client.aio.models.generate_content_stream(
                model=self._model,
                contents=types.Content(role="user", parts=[types.Part(text=part) for part in told.material]),
                config=types.GenerateContentConfig(system_instruction=told.system, seed=prompt.seed % _SEEDS),
            )
            async for response in stream:
                answered = True
                feed.put(_piece(response))
            feed.end()
        except Exception as error:  # noqa: BLE001 - the task's end is the feed's, whatever it was
            feed.end(_named(error, self._model, answered=answered))


def _piece(response: types.GenerateContentResponse) -> Piece:
    candidate = response.candidates[0] if response.candidates else None
    parts = (candidate.content.parts if candidate and candidate.content else None) or []
    feedback = response.prompt_feedback
    return Piece(
        text="".join(part.text for part in parts if part.text and not part.thought),
        finish=candidate.finish_reason.value if candidate and candidate.finish_reason else None,
        blocked=feedback.block_reason.value if feedback and feedback.block_reason else None,
        usage=_usage(response.usage_metadata),
    )


def _usage(counted: types.GenerateContentResponseUsageMetadata | None) -> Usage | None:
    if counted is None:
        return None
    usage = Usage(counted.prompt_token_count or None, counted.candidates_token_count or None)
    return None if usage == Usage() else usage


def _named(error: Exception, model: str, *, answered: bool) -> ModelError:
    if isinstance(error, errors.APIError):
        named = refusal(error.code or 0, str(error.details), model)
    elif answered or isinstance(error, errors.UnknownApiResponseError):
        named = cut_off()
    elif isinstance(error, httpx2.ReadTimeout):
        named = silent()
    else:
        named = unreachable()
    named.__cause__ = error
    return named
