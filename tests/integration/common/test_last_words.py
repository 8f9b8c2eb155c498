"""A service that cannot begin says why in one line, with the setting that mends it."""

import os
import socket
import sys
from asyncio.subprocess import PIPE, create_subprocess_exec

import pytest

from tests import tokens

_SETTINGS = [
    ("store", "STORE_BATCH", "many", "store: STORE_BATCH: Input should be a valid integer"),
    ("generator", "GENERATOR_CONCURRENCY", "0", "generator: GENERATOR_CONCURRENCY: Input should be greater than"),
    ("gateway", "AUTH_MODE", "jwt", "gateway: AUTH_MODE is jwt: set JWT_ISSUER and JWT_AUDIENCE too"),
    ("gateway", "JOINS_PER_SOCKET", "none", "gateway: JOINS_PER_SOCKET: Input should be a valid integer"),
]


@pytest.mark.parametrize(("service", "setting", "value", "words"), _SETTINGS)
async def test_a_setting_that_is_none_is_called_by_its_name(service: str, setting: str, value: str, words: str) -> None:
    (line,) = await last_words(service, **{setting: value})
    assert line.startswith(words)


async def test_a_port_that_somebody_has_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        *_, line = await last_words("store", HEALTH_PORT=str(taken.getsockname()[1]))
    assert line.startswith("store: cannot listen on 127.0.0.1:")
    assert "HEALTH_PORT" in line


async def last_words(service: str, **environment: str) -> list[str]:
    """The lines that a service leaves which ends by itself."""
    settings = {"GATEWAY_KEY_FILE": tokens.KEY_FILE, **environment}
    child = await create_subprocess_exec(
        sys.executable, "-m", f"services.{service}", env=os.environ | settings, stdout=PIPE, stderr=PIPE
    )
    _, err = await child.communicate()
    assert child.returncode == 1
    assert b"Traceback" not in err
    return err.decode().splitlines()
