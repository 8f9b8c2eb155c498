"""Connections from their opening to their end: where they come from, whose they are, and who has not said so."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from services.gateway.refusal import RETRY_AFTER, Refused, unauthorized
from services.gateway.settings import GatewaySettings


@dataclass(frozen=True)
class _Guest:
    address: str
    since: float
    user: str | None = None


class Lobby:
    """Whoever comes in stands until they have said who they are, and is asked to leave when that takes too long.

    Where too many stand, the one who has stood longest makes room: it takes an honest client an instant to say who it is,
    so that those who never do keep nobody out.
    """

    def __init__(self, settings: GatewaySettings, monotonic: Callable[[], float]) -> None:
        self._settings = settings
        self._monotonic = monotonic
        self._standing: dict[str, _Guest] = {}  # the one who has stood longest first
        self._seated: dict[str, _Guest] = {}
        self._of_user = Counter[str]()
        self._of_address = Counter[str]()

    def enter(self, connection: str, address: str) -> list[str]:
        """Somebody comes in. Who has to make room."""
        crowd = [standing for standing, guest in self._standing.items() if guest.address == address]
        leaving = crowd[: max(0, len(crowd) + 1 - self._settings.strangers_per_address)]
        if not leaving and len(self._standing) >= self._settings.strangers:
            leaving = [next(iter(self._standing))]
        for other in leaving:
            self.leave(other)
        self._standing[connection] = _Guest(address, self._monotonic())
        return leaving

    def seat(self, connection: str, user: str) -> None:
        """They have said who they are. Raises Refused when there are too many of that user, or from there, already."""
        guest = self._standing.get(connection)
        if guest is None:
            raise unauthorized("The connection has ended.")
        _require(self._of_user[user], self._settings.sockets_per_user, "by one user", "SOCKETS_PER_USER")
        here = self._of_address[guest.address]
        _require(here, self._settings.sockets_per_address, "from one address", "SOCKETS_PER_ADDRESS")
        del self._standing[connection]
        self._seated[connection] = _Guest(guest.address, guest.since, user)
        self._of_user[user] += 1
        self._of_address[guest.address] += 1

    def stand(self, connection: str) -> None:
        """They are nobody any more, though the connection is still there."""
        guest = self._seated.get(connection)
        if guest is not None:
            self.leave(connection)
            self._standing[connection] = _Guest(guest.address, self._monotonic())

    def leave(self, connection: str) -> None:
        """The connection has ended."""
        self._standing.pop(connection, None)
        guest = self._seated.pop(connection, None)
        if guest is not None:
            for counter, name in ((self._of_user, guest.user or ""), (self._of_address, guest.address)):
                counter[name] -= 1
                if not counter[name]:
                    del counter[name]

    def late(self) -> list[str]:
        """Who has stood for too long."""
        began = self._monotonic() - self._settings.connect_within
        return [connection for connection, guest in self._standing.items() if guest.since <= began]


def _require(there: int, limit: int, whose: str, setting: str) -> None:
    if there >= limit:
        message = f"{limit} sockets may be open {whose}; close one and try again. ({setting})"
        raise Refused(429, "too_many_sockets", message, limit=limit, retry_after=RETRY_AFTER)
