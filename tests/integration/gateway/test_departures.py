"""A connection that has ended is let go at once: what waits for a look for garbage is memory, and the look stops everybody."""

import gc
from collections.abc import Iterator

import pytest
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.server import ServerProtocol

from services.common.clock import new_id
from services.gateway.outbox import Wire
from services.gateway.patience import Http
from tests.integration.gateway.town import Door, Town, eventually, long_story

CONNECTION = (Http, WebSocketsSansIOProtocol, ServerProtocol, Wire)  # what serves one from its first request on


@pytest.fixture
def no_looks() -> Iterator[None]:
    """Nobody looks for garbage."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_looks")
@pytest.mark.parametrize("transports", [["websocket"], ["polling", "websocket"]], ids="-".join)
async def test_nothing_is_left_of_sockets_that_have_gone(transports: list[str], door: Door, town: Town) -> None:
    story_id = new_id()
    await town.write(long_story(story_id, 3))
    gc.collect()
    before = _there_are()
    async with door.socket(transports=transports) as one, door.socket(transports=transports) as other:
        await one.join(story_id)
        await other.join(story_id)
        assert all(there >= then + 2 for there, then in zip(_there_are()[1:], before[1:], strict=True))

    async def gone() -> bool:
        return all(there <= then for there, then in zip(_there_are(), before, strict=True))

    await eventually(gone, f"{before} to be all that is left")


def _there_are() -> list[int]:
    return [sum(isinstance(each, kind) for each in gc.get_objects()) for kind in CONNECTION]
