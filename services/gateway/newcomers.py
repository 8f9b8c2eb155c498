"""How many new guests one address may become: who could be anybody would be bound by no limit of a user's."""

import math
from collections.abc import Callable

from services.gateway.pace import Pace
from services.gateway.refusal import Refused

_MINUTE = 60.0
MOST_ADDRESSES = 10_000


class Newcomers:
    """Counts them by address; those of the addresses that have been quiet for longest are forgotten first."""

    def __init__(self, per_minute: float, monotonic: Callable[[], float]) -> None:
        self._limit = per_minute
        self._monotonic = monotonic
        self._paces: dict[str, Pace] = {}

    def one_more(self, address: str) -> None:
        """Somebody wants to be a new guest. Raises Refused."""
        pace = self._paces.pop(address, None) or Pace(self._limit / _MINUTE, self._monotonic, burst=_MINUTE)
        self._paces[address] = pace
        if len(self._paces) > MOST_ADDRESSES:
            del self._paces[next(iter(self._paces))]
        if early := pace.early():
            raise Refused(
                429,
                "too_many_guests",
                f"One address may ask for {self._limit:g} new guests a minute. (GUESTS_PER_MINUTE)",
                limit=math.floor(self._limit),
                retry_after=math.ceil(early),
            )
