"""What the generator asks of a model: a stream of text that ends in one `Finished`, or a `ModelError`."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True)
class Prompt:
    """What to write. `source` and `wish` are a user's words: material, never instructions to follow."""

    title: str
    source: str
    wish: str | None = None
    seed: int = 0


@dataclass(frozen=True)
class Usage:
    """Tokens the model counted; None where it did not say."""

    input_tokens: int | None = None
    output_tokens: int | None = None


@dataclass(frozen=True)
class Text:
    """A piece of the story, to be appended to what came before."""

    text: str


@dataclass(frozen=True)
class Finished:
    """The last item of every stream that was whole."""

    usage: Usage


class ModelErrorCode(StrEnum):
    """Why a stream was not whole. The values are the `code` of `story:processing:error`."""

    RATE_LIMITED = "model_rate_limited"
    UNAVAILABLE = "model_unavailable"
    STALLED = "model_stalled"
    CUT_OFF = "model_cut_off"
    PROMPT_BLOCKED = "prompt_blocked"
    SAFETY = "blocked_safety"
    RECITATION = "blocked_recitation"
    MAX_TOKENS = "output_truncated"
    EMPTY = "output_empty"
    UNAUTHORIZED = "model_unauthorized"
    REFUSED = "model_refused"


TRANSIENT = frozenset(
    {ModelErrorCode.RATE_LIMITED, ModelErrorCode.UNAVAILABLE, ModelErrorCode.STALLED, ModelErrorCode.CUT_OFF}
)


class ModelError(Exception):
    """A stream that did not end whole. `str(error)` is a sentence for the person who asked for the story."""

    def __init__(self, code: ModelErrorCode, message: str, usage: Usage | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.usage = usage or Usage()

    @property
    def retryable(self) -> bool:
        """Whether the same call may well succeed a little later."""
        return self.code in TRANSIENT


class StoryModel(Protocol):
    """A writer of stories. Every implementation passes `tests/integration/generator/models`."""

    @property
    def name(self) -> str:
        """Which model writes, for people: `gemini-2.5-flash`, `smollm2-135m`."""
        ...

    def write(self, prompt: Prompt) -> AsyncGenerator[Text | Finished, None]:
        """Stream the story: `Text` items, then one `Finished`. Raises ModelError.

        Closing the generator (`aclose`, or cancelling the task that iterates) ends the call upstream.
        """
        ...

    def prepare(self) -> None:
        """Begin to load what takes long to load, and return at once. Called when the generator works; a `write` may come before."""
        ...

    async def close(self) -> None:
        """Let go of connections, threads and memory."""
        ...
