"""A service that NATS will not let in, or not let work, ends with a sentence that says what to mend."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
import structlog

from deploy.local.ports import free_port
from services.common.connection import Closed, NotAllowed
from services.common.lifetime import Stop, serve_until
from services.gateway.app import gateway
from services.gateway.settings import GatewaySettings
from services.generator.app import generator
from services.generator.settings import GeneratorSettings
from services.store.app import store
from services.store.settings import StoreSettings
from tests import tokens
from tests.integration.generator.desk import Puppet
from tests.servers import Server

LOGGER = structlog.stdlib.get_logger("tests")
OTHERS = {"store": "gateway", "generator": "gateway", "gateway": "generator"}


@asynccontextmanager
async def service(name: str, nats_url: str, mongodb_url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"services.{name}"),
        env=os.environ
        | {
            "NATS_URL": nats_url,
            "MONGODB_URL": mongodb_url,
            "STORYWIRE_MODEL": "scripted",
            "GATEWAY_PORT": str(free_port()),
            "GATEWAY_KEY_FILE": tokens.KEY_FILE,
        },
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def last_words(name: str, nats_url: str, mongodb_url: str) -> str:
    async with service(name, nats_url, mongodb_url) as process:
        _, stderr = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 1, stderr.decode()
    assert b"Traceback" not in stderr
    assert nats_url.split("@", maxsplit=1)[0].rpartition(":")[2] not in stderr.decode()
    return stderr.decode().splitlines()[-1]


@pytest.mark.parametrize("name", OTHERS)
async def test_a_service_with_a_wrong_password_ends_and_says_so(name: str, own_nats: Server, mongodb_url: str) -> None:
    url = own_nats.url_of(name).replace(":", ":wrong", 2).replace("nats:wrong//", "nats://")
    assert "user or password in NATS_URL is wrong" in await last_words(name, url, mongodb_url)


def begun(name: str, nats_url: str, mongodb_url: str, closed: Closed) -> AbstractAsyncContextManager[object]:
    """A service in the test's own process."""
    if name == "store":
        return store(StoreSettings(nats_url=nats_url, mongodb_url=mongodb_url), LOGGER, closed=closed)
    if name == "generator":
        return generator(GeneratorSettings(nats_url=nats_url), LOGGER, Puppet, closed=closed)
    settings = GatewaySettings(nats_url=nats_url, gateway_port=0, gateway_key_file=tokens.KEY_FILE)
    return gateway(settings, LOGGER, closed=closed)


@pytest.mark.parametrize("name", OTHERS)
async def test_a_service_under_the_name_of_another_ends_and_says_what_it_may_not(
    name: str, own_nats: Server, mongodb_url: str
) -> None:
    stop = Stop()
    service = begun(name, own_nats.url_of(OTHERS[name]), mongodb_url, stop.because)
    with pytest.raises(NotAllowed, match=r"permissions violation.*storywire nats-users"):
        await asyncio.wait_for(serve_until(stop, service), 30)
