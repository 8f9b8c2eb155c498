import structlog
from nats.errors import SlowConsumerError

from contracts.subjects import story_subject
from services.gateway.link import Link
from tests.controls import STORY


class Ear:
    """A listener that notes what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str | None]] = []

    def lost(self, subject: str | None) -> None:
        self.told.append(("lost", subject))

    def back(self, subject: str | None) -> None:
        self.told.append(("back", subject))


async def test_a_message_that_nats_py_throws_away_is_told_as_lost_and_found_out_at_once() -> None:
    ear, subject = Ear(), story_subject(STORY, "requested")
    callbacks = Link("nats://127.0.0.1:4222", "", structlog.stdlib.get_logger(), lambda: None)._callbacks(ear)
    await callbacks["error_cb"](OSError("something else"))
    assert ear.told == []
    await callbacks["error_cb"](SlowConsumerError(subject=subject, reply="", sid=1, sub=None))  # type: ignore[arg-type]
    assert ear.told == [("lost", subject), ("back", subject)]


async def test_a_lost_connection_concerns_every_story_until_it_is_back() -> None:
    ear = Ear()
    callbacks = Link("nats://127.0.0.1:4222", "", structlog.stdlib.get_logger(), lambda: None)._callbacks(ear)
    await callbacks["disconnected_cb"]()
    await callbacks["reconnected_cb"]()
    assert ear.told == [("lost", None), ("back", None)]
