import structlog

from services.common.settings import Settings
from services.gateway.link import Link


class Listener:
    """A listener that notes what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def lost(self) -> None:
        self.told.append("lost")

    def back(self) -> None:
        self.told.append("back")


async def test_who_listens_is_told_of_a_lost_connection_and_of_its_return() -> None:
    listener = Listener()
    callbacks = Link(Settings(), structlog.stdlib.get_logger(), lambda _: None)._callbacks([listener])
    await callbacks["disconnected_cb"]()
    await callbacks["reconnected_cb"]()
    assert listener.told == ["lost", "back"]
