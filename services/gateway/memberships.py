"""Who is in which of python-socketio's rooms."""

from collections import defaultdict
from typing import Any

import socketio


class Memberships(socketio.AsyncManager):  # type: ignore[misc]  # it has no types
    """The library's own, but who goes leaves the rooms that he entered, and nobody looks into others.

    The library looks for him in all there are, and everybody has one to himself: where thousands go at once, that is millions.
    """

    rooms: dict[str, dict[str | None, Any]]

    def __init__(self) -> None:
        super().__init__()
        self._entered: dict[tuple[str, str], list[str | None]] = defaultdict(list)

    def basic_enter_room(self, sid: str, namespace: str, room: str | None, eio_sid: str | None = None) -> None:
        """Enter a room; the namespace itself is one, None. Raises ValueError."""
        super().basic_enter_room(sid, namespace, room, eio_sid)
        self._entered[sid, namespace].append(room)

    def basic_disconnect(self, sid: str, namespace: str, **options: Any) -> None:
        """Leave all of them, and forget whatever else is known of the socket."""
        for room in self._entered.pop((sid, namespace), ()):
            self.basic_leave_room(sid, namespace, room)
        rooms, self.rooms = self.rooms, {namespace: {}}
        super().basic_disconnect(sid, namespace, **options)
        self.rooms = rooms
