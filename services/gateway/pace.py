"""How fast somebody may go on."""

from collections.abc import Callable

_ROUNDING = 1e-6  # seconds


class Pace:
    """So many a second, and those of `burst` seconds at once."""

    def __init__(self, per_second: float, monotonic: Callable[[], float], burst: float = 2.0) -> None:
        self._gap = 1 / per_second
        self._monotonic = monotonic
        self._burst = burst
        self._next = float("-inf")  # when one more would be due, were there no bursts

    def early(self) -> float:
        """Count one more. Seconds by which it comes too early, and is not counted then; 0 when it is in time."""
        now = self._monotonic()
        due = max(self._next, now - self._burst + self._gap)
        if due - now > _ROUNDING:
            return due - now
        self._next = due + self._gap
        return 0.0
