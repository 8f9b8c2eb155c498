import asyncio
import socket
from typing import Any

import aiohttp
import pytest
from prometheus_client import CollectorRegistry, Counter

from services.common.health import Check, serving
from services.common.web_server import PortTaken


async def _get(port: int, path: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}{path}") as response:
        return response.status, await response.text()


async def _holds() -> bool:
    return True


async def _does_not_hold() -> bool:
    return False


async def _breaks() -> bool:
    raise ConnectionError("no such host")


async def _hangs() -> bool:
    await asyncio.Event().wait()
    return True


async def _answer(path: str, **checks: Check) -> tuple[int, str]:
    async with serving(0, checks, CollectorRegistry()) as port:
        return await _get(port, path)


async def test_a_process_that_runs_is_alive_whatever_its_checks_say() -> None:
    assert await _answer("/healthz", nats=_hangs, mongodb=_breaks) == (200, "ok")


async def test_a_service_is_ready_when_every_check_holds() -> None:
    assert await _answer("/readyz", nats=_holds, mongodb=_holds) == (
        200,
        '{"ready":true,"checks":{"nats":true,"mongodb":true}}',
    )


@pytest.mark.parametrize("fault", [_does_not_hold, _breaks, _hangs])
async def test_a_service_is_not_ready_while_a_check_says_no_breaks_or_hangs(fault: Check) -> None:
    status, said = await _answer("/readyz", nats=_holds, mongodb=fault)
    assert (status, said) == (503, '{"ready":false,"checks":{"nats":true,"mongodb":false}}')


async def test_metrics_are_those_of_the_registry() -> None:
    registry = CollectorRegistry()
    Counter("stories", "Stories", registry=registry).inc()
    async with serving(0, {}, registry) as port:
        status, said = await _get(port, "/metrics")
    assert status == 200
    assert "stories_total 1.0" in said


async def test_a_taken_port_is_refused_with_the_setting_that_mends_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken: Any = other.getsockname()[1]
        with pytest.raises(PortTaken, match=f":{taken}: .* HEALTH_PORT"):
            async with serving(taken, {}, CollectorRegistry()):
                pass


async def test_nobody_answers_once_the_service_has_ended() -> None:
    async with serving(0, {}, CollectorRegistry()) as port:
        await _get(port, "/healthz")
    with pytest.raises(aiohttp.ClientConnectorError):
        await _get(port, "/healthz")
