import asyncio

import nats
import pytest
import structlog
from nats.aio.client import Client

from services.common.connection import answers, close, options, round_trip
from services.common.settings import Settings
from tests.integration.common.conftest import connected
from tests.servers import Server


async def test_a_server_that_is_up_answers(client: Client) -> None:
    assert await answers(client)


async def test_a_server_that_is_frozen_does_not_and_one_that_is_back_does(own_nats: Server) -> None:
    async with connected(own_nats.url) as client:
        own_nats.pause()
        try:
            assert not await answers(client)
        finally:
            own_nats.resume()
        while not await answers(client):
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("patience", [0.1, 30.0])
async def test_a_ping_that_was_given_up_does_not_make_the_connection_deaf(own_nats: Server, patience: float) -> None:
    async with connected(own_nats.url) as client:
        heard = await client.subscribe("probe")
        await round_trip(client)
        own_nats.pause()
        ping = asyncio.create_task(round_trip(client, patience))
        await asyncio.sleep(0)  # it is sent
        done, _ = await asyncio.wait({ping}, timeout=0.3)
        assert bool(done) == (patience < 0.3)
        ping.cancel()
        own_nats.resume()
        await asyncio.gather(ping, return_exceptions=True)
        await round_trip(client)
        await client.publish("probe", b"still here")
        assert (await heard.next_msg(timeout=2)).data == b"still here"
        assert client.stats["reconnects"] == 0


async def test_a_round_trip_begins_behind_what_was_sent_before() -> None:
    """nats-py's own `flush` does not: its ping overtakes a subscription that waits to be sent."""
    commands: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"max_payload":1000,"headers":true}\r\n')
        while line := await reader.readline():
            commands.append(line.decode().split()[0])
            if commands[-1] == "PING":
                writer.write(b"PONG\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server, connected(f"nats://127.0.0.1:{server.sockets[0].getsockname()[1]}") as client:
        await client.subscribe("probe")
        await round_trip(client)
        assert commands[-2:] == ["SUB", "PING"]


async def test_a_client_finds_its_way_back_to_a_server_that_was_killed(own_nats: Server) -> None:
    async with connected(own_nats.url) as client:
        heard = await client.subscribe("probe")
        own_nats.kill()
        while client.is_connected:
            await asyncio.sleep(0.01)
        assert not await answers(client)
        own_nats.start()
        while not await answers(client):
            await asyncio.sleep(0.01)
        await client.publish("probe", b"still here")
        assert (await heard.next_msg(timeout=5)).data == b"still here"


async def test_a_connection_can_be_closed_while_nats_is_away(own_nats: Server) -> None:
    client = await nats.connect(
        **options("tests", Settings(nats_url=own_nats.url), structlog.stdlib.get_logger("storywire"))
    )
    own_nats.kill()
    while client.is_connected:
        await asyncio.sleep(0.01)
    await client.publish("probe", b"never sent")
    await close(client)
    assert client.is_closed


async def test_a_connection_that_is_given_up_is_said_once(own_nats: Server) -> None:
    said: list[str] = []
    logger = structlog.stdlib.get_logger("storywire")
    client = await nats.connect(
        **options(
            "tests", Settings(nats_url=own_nats.url), logger, closed=lambda reason: said.append(f"closed: {reason}")
        )
    )
    await client.close()
    assert said == ["closed: None"]
