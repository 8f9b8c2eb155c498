"""`storywire generate` as a person runs it, against a gateway that does as it is told."""

import json
import os
import pty
from pathlib import Path
from typing import Any

import pytest

from deploy.local.ports import free_port
from tests.integration.deploy.storywire import Said, started, storywire
from tests.integration.deploy.troubled_gateway import STORY, TroubledGateway, joined, served

TOKEN = {"STORYWIRE_TOKEN": "a-users"}
CONTENT = "Once upon a time — «ネコ» 🦊.\nThe end."


def ending(name: str, **more: object) -> TroubledGateway:
    async def join(gateway: TroubledGateway, sid: str, _: int) -> dict[str, Any]:
        await gateway.say(sid, 1, 2)
        await gateway.say(sid, 3, step="ai_processing", progress=50)
        await gateway.say(sid, 4, **more)
        return joined(1)

    gateway = TroubledGateway(join)
    gateway.names = ("requested", "processing:start", "processing:progress", name)
    return gateway


def finished() -> TroubledGateway:
    return ending("processing:complete", generatedContent=CONTENT)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "seed.txt"
    path.write_text("A seed.")
    return path


async def generate(gateway: TroubledGateway, file: Path, *arguments: str) -> Said:
    async with served(gateway) as url:
        return await storywire(TOKEN, "generate", file, "--title", "T", "--gateway", url, *arguments)


async def test_the_story_and_nothing_else_is_printed(file: Path) -> None:
    gateway = finished()
    assert await generate(gateway, file, "--prompt", "Short.") == (0, CONTENT + "\n", "")
    ((_, submitted),) = gateway.submitted
    assert submitted == {"title": "T", "prompt": "Short.", "file": b"A seed."}


async def test_no_prompt_is_no_field(file: Path) -> None:
    gateway = finished()
    await generate(gateway, file)
    assert set(gateway.submitted[0][1]) == {"title", "file"}


async def test_json_prints_the_story_as_one_object(file: Path) -> None:
    code, out, _ = await generate(finished(), file, "--json")
    assert code == 0
    assert json.loads(out)["storyId"] == STORY


async def test_the_progress_is_shown_on_a_terminal(file: Path) -> None:
    ours, terminal = pty.openpty()
    try:
        async with (
            served(finished()) as url,
            started(TOKEN, "generate", file, "--title", "T", "--gateway", url, stderr=terminal) as child,
        ):
            out, _ = await child.communicate()
        shown = os.read(ours, 100_000).decode()
    finally:
        os.close(ours)
        os.close(terminal)
    assert (child.returncode, out.decode()) == (0, CONTENT + "\n")
    assert "100 %" in shown
    assert "0:00:0" in shown


async def test_a_story_that_fails_fails_the_command_with_its_words(file: Path) -> None:
    gateway = ending("processing:error", error="The model is tired.", code="overloaded", retryable=True)
    assert await generate(gateway, file) == (1, "", "storywire: The model is tired.\n")


async def test_a_cancelled_story_fails_the_command(file: Path) -> None:
    gateway = ending("processing:cancelled")
    assert await generate(gateway, file) == (1, "", "storywire: the story was cancelled\n")


async def test_a_refusal_is_told_in_the_gateways_words(file: Path) -> None:
    gateway = finished()
    gateway.answers = [(422, {"error": {"code": "title_too_long", "message": "The title is too long.", "limit": 200}})]
    assert await generate(gateway, file) == (1, "", "storywire: The title is too long.\n")


async def test_an_answer_that_is_not_the_gateways_is_told_as_such(file: Path) -> None:
    gateway = finished()
    gateway.answers = [(404, {"detail": "Not Found"})]
    code, out, error = await generate(gateway, file)
    assert (code, out) == (1, "")
    assert "/api/stories answers 404 Not Found" in error


async def test_a_gateway_that_is_away_for_a_moment_is_asked_again_for_the_same_story(file: Path) -> None:
    gateway = finished()
    gateway.answers = [(503, {"error": {"code": "unavailable", "message": "NATS is away."}}), *gateway.answers]
    assert (await generate(gateway, file))[:2] == (0, CONTENT + "\n")
    first, second = gateway.submitted
    assert first == second


async def test_no_gateway_is_told_with_what_mends_it(file: Path) -> None:
    code, out, error = await storywire(TOKEN, "generate", file, "--title", "T", "--gateway", f"localhost:{free_port()}")
    assert (code, out) == (1, "")
    assert all(words in error for words in ("make up", "--gateway", "GATEWAY_PORT"))


async def test_a_file_that_is_not_there_is_told_by_name(tmp_path: Path) -> None:
    code, _, error = await storywire(TOKEN, "generate", tmp_path / "nowhere.txt", "--title", "T")
    assert code == 1
    assert "nowhere.txt cannot be read: No such file or directory" in error


async def test_the_version_and_the_commands_are_shown() -> None:
    code, version, _ = await storywire({}, "--version")
    assert (code, version.split()[0]) == (0, "storywire")
    code, shown, _ = await storywire({}, "--help")
    assert code == 0
    assert all(command in shown for command in ("up", "generate"))
