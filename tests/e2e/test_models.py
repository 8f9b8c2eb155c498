"""The models that write without being told which: the small one without a key, Gemini with one."""

import asyncio
import re
from pathlib import Path

import pytest

from tests.e2e.finished import check_kept, check_seen
from tests.e2e.long_text import SUBJECTS, long_text
from tests.e2e.stack import running
from tests.gemini_server import GeminiServer
from tests.javascript.socket_client import Seen, SocketClient

TEXT = long_text(10_000)


def _written(node: Path, **settings: str) -> list[Seen]:
    """One story by the stack with these settings, seen and kept as it should be."""
    with running(**settings) as stack:
        with SocketClient(node, stack.address, stack.token) as page:
            seen = page.story(TEXT, "The Winter Ferry")
        check_seen(seen)
        check_kept(stack, seen)
    return seen


@pytest.mark.timeout(240)  # twice the usual: the model shares the machine with whatever else runs on it
def test_without_a_key_a_real_model_writes_from_a_long_text(node: Path) -> None:
    seen = _written(node)
    story, usage = seen[-1].data["generatedContent"], seen[-1].data["usage"]
    assert seen[1].data["model"] == "smollm2-135m"
    assert seen[-1].data["generatedWordCount"] > 50
    assert usage["outputTokens"] >= seen[-1].data["generatedWordCount"]
    # Sentences, about what the text is about, that do not go round in circles.
    sentences = re.findall(r"[A-Z][^.!?]+[.!?]", story)
    assert len(sentences) >= 4, story
    assert len(set(sentences)) > len(sentences) / 2, story
    assert len([word for word in SUBJECTS if word in story]) >= 2, story


async def test_with_a_key_gemini_writes_it(node: Path) -> None:
    async with GeminiServer() as gemini:
        settings = {"GEMINI_API_KEY": "a-key", "GEMINI_ENDPOINT": gemini.endpoint}
        seen = await asyncio.to_thread(_written, node, **settings)
        (call,) = gemini.calls
    assert call.headers["x-goog-api-key"] == "a-key"
    assert "Marta" in repr(call.body["contents"])
    assert "café 🦊" in seen[-1].data["generatedContent"]
    assert seen[1].data["model"] == call.model
