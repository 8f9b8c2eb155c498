import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from services.generator.model import Finished, ModelError, ModelErrorCode, Text, Usage
from services.generator.models.feed import Feed

_BLOCKED = {"SAFETY", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MODEL_ARMOR"}


@dataclass(frozen=True)
class Piece:
    """A piece of a model's reply, in words that every SDK can be put into.

    `finish` and `blocked` are Gemini's names of a finish reason and of the reason why a prompt was blocked.
    """

    text: str = ""
    finish: str | None = None
    blocked: str | None = None
    usage: Usage | None = None


async def reply(feed: Feed[Piece], idle: float) -> AsyncGenerator[Text | Finished, None]:
    """The story that the pieces make up. Raises ModelError, and counts as stalled after `idle` seconds without text."""
    usage, written = Usage(), False
    deadline = asyncio.get_running_loop().time() + idle
    while True:
        try:
            piece = await _within(feed, deadline, idle)
            usage = piece.usage or usage
            _check_prompt(piece)
        except ModelError as error:
            raise ModelError(error.code, str(error), _known(error.usage, usage)) from error.__cause__
        if piece.text:
            written = written or not piece.text.isspace()
            deadline = asyncio.get_running_loop().time() + idle
            yield Text(piece.text)
        if piece.finish is not None:
            _check_finish(piece.finish, usage, written=written)
            yield Finished(usage)
            return


async def _within(feed: Feed[Piece], deadline: float, idle: float) -> Piece:
    try:
        async with asyncio.timeout_at(deadline):
            piece = await feed.next()
    except TimeoutError as error:
        raise ModelError(
            ModelErrorCode.STALLED,
            f"The model sent no text for {idle:g} seconds (MODEL_IDLE_TIMEOUT).",
        ) from error
    if piece is None:
        raise ModelError(ModelErrorCode.CUT_OFF, "The model's reply broke off before the story was finished.")
    return piece


def _known(one: Usage, other: Usage) -> Usage:
    return other if one == Usage() else one


def _check_prompt(piece: Piece) -> None:
    if piece.blocked is not None:
        raise ModelError(
            ModelErrorCode.PROMPT_BLOCKED,
            f"The model refused to write from this text: it was blocked ({_said(piece.blocked)}).",
        )


def _check_finish(finish: str, usage: Usage, *, written: bool) -> None:
    if finish == "STOP":
        if not written:
            raise ModelError(ModelErrorCode.EMPTY, "The model finished without writing anything.", usage)
        return
    if finish in _BLOCKED:
        code, message = ModelErrorCode.SAFETY, f"The model stopped: the story was blocked ({_said(finish)})."
    elif finish == "RECITATION":
        code, message = ModelErrorCode.RECITATION, "The model stopped: the story came too close to a published text."
    elif finish == "MAX_TOKENS":
        code, message = ModelErrorCode.MAX_TOKENS, "The model ran out of room before the story was finished."
    else:
        code, message = ModelErrorCode.REFUSED, f"The model stopped before the story was finished ({_said(finish)})."
    raise ModelError(code, message, usage)


def _said(reason: str) -> str:
    return reason.lower().replace("_", " ")
