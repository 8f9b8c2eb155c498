"""What users wrote stands in no line of a generator's, whatever library speaks to the model. For the whole stack: tests/e2e."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from contracts.events import ProcessingError
from tests.gemini_server import GeminiServer
from tests.integration.generator.desk import Desk
from tests.servers import Server

CANARY = "canary7f3a"


@pytest.mark.parametrize("model", ["gemini", "genai"])
async def test_a_models_library_says_nothing_of_a_story_or_the_key(
    desk: Desk, own_nats: Server, tmp_path: Path, model: str
) -> None:
    log = tmp_path / "generator.log"
    async with GeminiServer() as gemini:
        environment = os.environ | {
            "NATS_URL": own_nats.url_of("generator"),
            "STORYWIRE_MODEL": model,
            "GEMINI_API_KEY": f"key-{CANARY}",
            "GEMINI_ENDPOINT": gemini.endpoint,
            "GEMINI_MODEL": "scenario-cut",
            "MODEL_RETRY_WAIT": "0.01",
            "LOG_LEVEL": "DEBUG",
        }
        with log.open("wb") as out:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "services.generator", env=environment, stdout=out, stderr=out
            )
        try:
            story = await desk.ask(f"Once {CANARY} was.".encode(), title=CANARY, prompt=CANARY)
            assert isinstance((await desk.ended(story))[-1], ProcessingError)
        finally:
            process.terminate()
            assert await process.wait() == 0
        assert gemini.calls
    said = log.read_text()
    assert story in said
    assert CANARY not in said
