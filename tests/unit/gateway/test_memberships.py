"""Who goes leaves his own rooms, and is forgotten."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
import socketio

from services.gateway.memberships import Memberships

ALL = "/stories"


@pytest.fixture
def members() -> Memberships:
    server = socketio.AsyncServer(async_mode="asgi", client_manager=Memberships())
    numbers = count(1)
    server.eio.generate_id = lambda: f"sid-{next(numbers)}"
    members: Memberships = server.manager
    return members


async def joined(members: Memberships, *eio_sids: str) -> Iterator[str]:
    """Sockets that have come in."""
    return iter([await members.connect(await members.pre_connect(each, ALL), ALL) for each in eio_sids])


class Shut(dict[str, str]):
    """A room that nobody may look into."""

    def __contains__(self, _: object) -> bool:
        raise AssertionError("somebody looked into another one's room")


async def test_who_goes_is_in_no_room_any_more(members: Memberships) -> None:
    one, other = await joined(members, "a", "b")
    members.basic_enter_room(one, ALL, "lounge")
    members.basic_enter_room(other, ALL, "lounge")
    await members.disconnect(one, ALL)
    assert members.get_rooms(one, ALL) == []
    assert not members.is_connected(one, ALL)
    assert [sid for sid, _ in members.get_participants(ALL, None)] == [other]
    assert [sid for sid, _ in members.get_participants(ALL, "lounge")] == [other]


async def test_nothing_is_remembered_when_all_have_gone(members: Memberships) -> None:
    sids = list(await joined(members, "a", "b"))
    members.basic_enter_room(sids[0], ALL, "lounge")
    members.basic_leave_room(sids[0], ALL, "lounge")
    for sid in sids:
        members.pre_disconnect(sid, ALL)
        await members.disconnect(sid, ALL)
    left: dict[str, Any] = {name: value for name, value in vars(members).items() if isinstance(value, dict) and value}
    assert left == {}


async def test_nobody_looks_into_the_rooms_of_others(members: Memberships) -> None:
    one, other = await joined(members, "a", "b")
    members.rooms[ALL][other] = Shut(members.rooms[ALL][other])
    await members.disconnect(one, ALL)
    assert members.is_connected(other, ALL)
