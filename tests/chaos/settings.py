"""How hard it shall be, and for how long."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """One run. Everything that is left to chance follows from `seed`."""

    seed: int = 1
    stories: int = 90
    kills: int = 12
    seconds: float = 32.0  # of trouble; what comes before and after is bounded too
    in_flight: int = 16  # stories that are being followed at once
    viewers: int = 12
    words: int = 90
    pace: float = 0.05  # seconds between two pieces of text of `chunk` words
    chunk: int = 3
    ack_wait: float = 4.0  # seconds after which a request or an event is delivered again
    calm: float = 60.0  # seconds in which everything has to come to its end once nothing is disturbed any more

    @property
    def freezes(self) -> int:
        """How often something is frozen."""
        return max(6, self.kills // 3)

    @property
    def longest(self) -> float:
        """Seconds after which no more stories are asked for, however slow the machine is."""
        return self.seconds * 2 + 30
