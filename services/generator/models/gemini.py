import asyncio
import threading
import warnings
from collections.abc import AsyncGenerator
from contextlib import aclosing
from http import HTTPStatus
from typing import Any

import requests
from pydantic import SecretStr

from services.generator.model import Finished, ModelError, Prompt, Text, Usage
from services.generator.models import line as lines
from services.generator.models.feed import Feed
from services.generator.models.instructions import instructions
from services.generator.models.line import Line, LineAdapter
from services.generator.models.refusal import cut_off, refusal, silent, unreachable
from services.generator.models.reply import Piece, reply

with warnings.catch_warnings():
    # The package says at every import that its successor is google-genai; `genai.py` is that.
    warnings.filterwarnings("ignore", r"\s*All support for the `google.generativeai` package has ended", FutureWarning)
    from google.generativeai import protos
from google.generativeai.client import configure, get_default_generative_client

_CONNECTIONS = 64
_MORE_THAN_IDLE = 5.0  # seconds: the event loop's own timer is the one that speaks


class Gemini:
    """Gemini through google-generativeai, over REST. Each call reads in a thread of its own.

    It uses the SDK's client below `GenerativeModel`, which holds every piece back until the next one has come,
    and cannot be cancelled before the first. The service takes no seed from this SDK.
    """

    def __init__(self, key: SecretStr, model: str, endpoint: str | None, idle: float) -> None:
        self._model, self._idle = model, idle
        self._calls: dict[Line, threading.Thread] = {}
        configure(
            api_key=key.get_secret_value(),
            transport="rest",
            client_options={"api_endpoint": endpoint.rstrip("/")} if endpoint else None,
        )
        self._client = get_default_generative_client()
        transport: Any = self._client.transport
        session: requests.Session = transport._session  # noqa: SLF001 - there is no other way to it
        for scheme in ("http://", "https://"):
            session.mount(scheme, LineAdapter(pool_maxsize=_CONNECTIONS))
        session.hooks["response"].append(self._check_status)

    @property
    def name(self) -> str:
        """The name of the model at the service."""
        return self._model

    async def write(self, prompt: Prompt) -> AsyncGenerator[Text | Finished, None]:
        """Stream the story. See `StoryModel`."""
        line, feed = Line(), Feed[Piece]()
        thread = threading.Thread(target=self._call, args=(prompt, line, feed), name="gemini", daemon=True)
        self._calls[line] = thread
        thread.start()
        try:
            async with aclosing(reply(feed, self._idle)) as items:
                async for item in items:
                    yield item
        except BaseException:  # a whole reply leaves the connection to the next call
            line.hang_up()
            raise

    def prepare(self) -> None:
        """Nothing is to be loaded."""

    async def close(self) -> None:
        """End the calls that still run, and close the connections."""
        calls = list(self._calls.items())
        for line, _ in calls:
            line.hang_up()
        await asyncio.gather(*(asyncio.to_thread(thread.join) for _, thread in calls))
        transport: Any = self._client.transport
        transport.close()

    def _call(self, prompt: Prompt, line: Line, feed: Feed[Piece]) -> None:
        try:
            with line:
                self._read(prompt, feed)
            feed.end()
        except Exception as error:  # noqa: BLE001 - the thread's end is the feed's, whatever it was
            feed.end(_named(error, line))
        finally:
            self._calls.pop(line, None)

    def _read(self, prompt: Prompt, feed: Feed[Piece]) -> None:
        stream: Any = self._client.stream_generate_content(
            self._request(prompt), retry=None, timeout=self._idle + _MORE_THAN_IDLE
        )
        try:
            for response in stream:
                feed.put(_piece(response))
        finally:
            stream.cancel()

    def _request(self, prompt: Prompt) -> Any:
        told = instructions(prompt)
        return protos.GenerateContentRequest(
            model=self._model if "/" in self._model else f"models/{self._model}",
            system_instruction=protos.Content(parts=[protos.Part(text=told.system)]),
            contents=[protos.Content(role="user", parts=[protos.Part(text=part) for part in told.material])],
        )

    def _check_status(self, response: requests.Response, **_: Any) -> None:
        # Before the SDK sees it: a refused stream's body is a JSON array, on which the SDK's own parser fails.
        if response.status_code >= HTTPStatus.MULTIPLE_CHOICES:
            raise refusal(response.status_code, response.text, self._model)
        lines.answered()


def _piece(response: Any) -> Piece:
    candidate = response.candidates[0] if response.candidates else None
    blocked = response.prompt_feedback.block_reason
    return Piece(
        text="".join(part.text for part in candidate.content.parts) if candidate else "",
        finish=_reason(candidate.finish_reason) if candidate and candidate.finish_reason else None,
        blocked=_reason(blocked) if blocked else None,
        usage=_usage(response.usage_metadata),
    )


def _reason(value: Any) -> str:
    # A reason newer than the SDK is a bare number.
    return str(getattr(value, "name", f"reason {int(value)}"))


def _usage(counted: Any) -> Usage | None:
    usage = Usage(counted.prompt_token_count or None, counted.candidates_token_count or None)
    return None if usage == Usage() else usage


def _named(error: Exception, line: Line) -> ModelError:
    if isinstance(error, ModelError):
        return error
    if line.answered:
        named = cut_off()
    elif isinstance(error, requests.ReadTimeout):
        named = silent()
    else:
        named = unreachable()
    named.__cause__ = error
    return named
