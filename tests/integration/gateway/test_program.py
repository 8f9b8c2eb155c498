"""`python -m services.gateway`: how the process begins and ends."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from deploy.local.ports import free_port
from tests import tokens
from tests.integration.gateway.town import Door, Town, eventually, requested


@asynccontextmanager
async def program(**environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.gateway",
        env=os.environ | {"GATEWAY_KEY_FILE": tokens.KEY_FILE} | environment,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def until_healthy(door: Door) -> None:
    async def healthy() -> bool:
        try:
            return (await door.get("/healthz")).status == 200
        except aiohttp.ClientConnectionError:
            return False

    await eventually(healthy, "the program to answer")


async def test_it_serves_until_it_is_told_to_end_and_ends_well_with_sockets_still_open(town: Town) -> None:
    port = free_port()
    event = requested()
    await town.write([event])
    async with (
        program(NATS_URL=town.nats.url_of("gateway"), GATEWAY_PORT=str(port)) as process,
        Door(f"http://127.0.0.1:{port}", tokens.token()) as door,
    ):
        await until_healthy(door)
        await door.until_ready()
        async with door.socket() as client:
            await client.join(event.story_id)
            process.terminate()
            _, stderr = await asyncio.wait_for(process.communicate(), 10)
        assert process.returncode == 0
        assert b"Traceback" not in stderr


async def test_it_ends_well_before_nats_was_ever_there() -> None:
    port = free_port()
    async with (
        program(NATS_URL=f"nats://127.0.0.1:{free_port()}", GATEWAY_PORT=str(port)) as process,
        Door(f"http://127.0.0.1:{port}", tokens.token()) as door,
    ):
        await until_healthy(door)
        process.terminate()
        _, stderr = await asyncio.wait_for(process.communicate(), 10)
        assert process.returncode == 0
        assert b"Traceback" not in stderr


@pytest.mark.parametrize("setting", ["GATEWAY_PORT", "CORS_ORIGINS", "GATEWAY_KEY_FILE"])
async def test_what_it_cannot_begin_with_is_named_by_its_setting(setting: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1] if setting == "GATEWAY_PORT" else free_port()
        origins = "*" if setting == "CORS_ORIGINS" else "http://localhost:3000"
        key = "" if setting == "GATEWAY_KEY_FILE" else tokens.KEY_FILE
        async with program(GATEWAY_PORT=str(port), CORS_ORIGINS=origins, GATEWAY_KEY_FILE=key) as process:
            _, stderr = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 1
    assert setting.encode() in stderr
    assert b"Traceback" not in stderr
