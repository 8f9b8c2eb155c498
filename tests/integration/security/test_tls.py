"""TLS to NATS and to MongoDB, with certificates on both ends."""

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import structlog
from nats.aio.client import Client
from pymongo import MongoClient

from contracts.permissions import OPERATOR
from deploy.local.mongo import find_mongod
from deploy.local.nats import NatsServer
from deploy.local.ports import free_port
from deploy.local.program import NotReadyError, Program
from deploy.nats_client import connect
from services.common.connection import NotAllowed, options, tls
from services.common.settings import Settings
from services.gateway.app import gateway
from services.gateway.settings import GatewaySettings
from services.generator.app import generator
from services.generator.settings import GeneratorSettings
from services.store import database
from services.store.app import store
from services.store.settings import StoreSettings
from tests import tokens
from tests.integration.gateway.town import Door
from tests.integration.generator.desk import Puppet
from tests.integration.security.certificates import Authority, Certificate
from tests.servers import Server

LOGGER = structlog.stdlib.get_logger("tests")


@dataclass(frozen=True)
class Secured:
    """A server that takes nobody without a certificate, and what its clients need."""

    server: Server
    nats: NatsServer
    authority: Authority
    mine: Certificate

    @property
    def settings(self) -> dict[str, str]:
        return {
            "nats_tls_ca": str(self.authority.file),
            "nats_tls_cert": str(self.mine.cert),
            "nats_tls_key": str(self.mine.key),
        }


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="storywire-") as folder:
        yield Path(folder)


@pytest.fixture
def secured(folder: Path) -> Iterator[Secured]:
    authority = Authority(folder)
    theirs = authority.sign("nats")
    server = NatsServer(folder / "nats")
    program = server.program(folder / "nats.log")
    configuration = Path(program.command[-1])
    block = (
        f'tls {{ cert_file: "{theirs.cert}", key_file: "{theirs.key}", ca_file: "{authority.file}", verify: true }}\n'
    )
    configuration.write_text(configuration.read_text() + block)
    running = Server(replace(program, check=lambda: _monitored(server)), "").start()
    yield Secured(running, server, authority, authority.sign("service"))
    running.kill()


def _monitored(server: NatsServer) -> None:
    try:
        server._monitor("/healthz")
    except OSError as error:
        raise NotReadyError(str(error)) from error


@pytest.fixture
def mongodb_url_with_tls(folder: Path) -> Iterator[str]:
    authority = Authority(folder, "mongo-authority")
    theirs, mine, port = authority.sign("mongo"), authority.sign("store"), free_port()
    (folder / "db").mkdir()
    secured = (
        "--tlsMode",
        "requireTLS",
        "--tlsCertificateKeyFile",
        str(theirs.both),
        "--tlsCAFile",
        str(authority.file),
    )
    where = ("--dbpath", str(folder / "db"), "--port", str(port), "--bind_ip", "127.0.0.1", "--nounixsocket")
    url = f"mongodb://127.0.0.1:{port}/?replicaSet=rs0&tls=true&tlsCAFile={authority.file}&tlsCertificateKeyFile={mine.both}"

    def check() -> None:
        with MongoClient[dict[str, object]](
            f"{url.replace('replicaSet=rs0', 'directConnection=true')}", serverSelectionTimeoutMS=500
        ) as client:
            try:
                if client.admin.command("hello").get("isWritablePrimary"):
                    return
                member = {"_id": 0, "host": f"127.0.0.1:{port}"}
                client.admin.command("replSetInitiate", {"_id": "rs0", "members": [member]})
            except Exception as error:
                raise NotReadyError(str(error)) from error
            raise NotReadyError("no primary yet")

    program = Program("mongo", (str(find_mongod()), "--replSet", "rs0", *where, *secured), folder / "mongo.log", check)
    server = Server(program, url).start()
    yield url
    server.kill()


async def test_all_three_services_work_over_tls(secured: Secured, mongodb_url_with_tls: str) -> None:
    def told(service: str) -> dict[str, object]:
        return {"nats_url": secured.nats.url(service), **secured.settings}

    async with AsyncExitStack() as stack:
        settings = StoreSettings.model_validate({**told("store"), "mongodb_url": mongodb_url_with_tls})
        await stack.enter_async_context(store(settings, LOGGER))
        generating = GeneratorSettings.model_validate(told("generator"))
        await stack.enter_async_context(generator(generating, LOGGER, Puppet))
        serving = GatewaySettings.model_validate(
            {**told("gateway"), "gateway_port": 0, "gateway_key_file": tokens.KEY_FILE}
        )
        port = await stack.enter_async_context(gateway(serving, LOGGER))
        door = await stack.enter_async_context(Door(f"http://127.0.0.1:{port}"))
        await door.until_ready()


async def test_a_command_speaks_tls_by_the_same_settings(secured: Secured, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in secured.settings.items():
        monkeypatch.setenv(name.upper(), value)
    client = await connect(secured.nats.url(OPERATOR))
    assert client.is_connected
    await client.close()


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # nats-py drops a connection whose handshake fails
async def test_a_server_that_another_authority_vouches_for_is_not_talked_to(secured: Secured, folder: Path) -> None:
    other = secured.settings | {"nats_tls_ca": str(Authority(folder, "other").file)}
    settings = Settings.model_validate({"nats_url": secured.nats.url("gateway"), **other})
    refused = asyncio.Event()

    async def note(error: Exception) -> None:
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            refused.set()

    client = Client()
    connecting = asyncio.create_task(
        client.connect(**options("gateway", settings, LOGGER) | {"tls": tls(settings), "error_cb": note})
    )
    async with asyncio.timeout(20):
        await refused.wait()
    assert not connecting.done()
    connecting.cancel()
    await asyncio.wait({connecting})


def test_a_file_that_is_not_there_is_named_by_its_setting() -> None:
    with pytest.raises(NotAllowed, match="NATS_TLS_CA"):
        tls(Settings(nats_tls_ca="missing.pem"))


async def test_the_store_says_what_is_wrong_with_its_tls_file() -> None:
    with pytest.raises(database.UnfitDatabase, match="MONGODB_URL"):
        database.connect("mongodb://127.0.0.1:1/?tls=true&tlsCAFile=missing.pem")
