import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from services.generator.model import StoryModel
from services.generator.models.choice import choose
from services.generator.models.script import Script
from services.generator.models.settings import ModelName, ModelSettings
from tests.gemini_server import GeminiServer

Make = Callable[..., StoryModel]


@pytest.fixture
async def gemini_server() -> AsyncIterator[GeminiServer]:
    async with GeminiServer() as server:
        yield server


@pytest.fixture
async def make(gemini_server: GeminiServer) -> AsyncIterator[Make]:
    """Makes a model by its name, as the service would; closes it when the test is over."""
    made: list[StoryModel] = []

    def one(
        name: ModelName, *, model: str = "gemini-2.5-flash", idle: float = 30, script: Script | None = None
    ) -> StoryModel:
        settings = ModelSettings.model_validate(
            {
                "chosen": name,
                "api_key": "a-key-of-nobody",
                "gemini_model": model,
                "gemini_endpoint": gemini_server.endpoint,
                "idle_timeout": idle,
                "script": script or Script(),
            }
        )
        made.append(choose(settings))
        return made[-1]

    yield one
    for story_model in made:
        await story_model.close()


async def within(seconds: float, awaited: Awaitable[object]) -> None:
    """Wait for what has to come, with a deadline."""
    async with asyncio.timeout(seconds):
        await awaited
