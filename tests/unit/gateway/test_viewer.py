"""Whatever comes between, and in whatever order readings and what is heard are mixed: each event once, in order."""

from hypothesis import given
from hypothesis import strategies as st

from contracts.events import Event
from contracts.story import fold
from contracts.subjects import socket_event
from services.common.history import Recorded
from services.gateway.raw_json import RawJson
from services.gateway.stories import Reading
from services.gateway.viewer import Heard, Viewer
from tests import controls

LAST = 12
EVENTS: list[Event] = [
    controls.requested(),
    controls.start(2),
    *(controls.progress(50, sequence) for sequence in range(3, LAST + 1)),
]


def position(sequence: int) -> int:
    """Positions grow, but not by one: other stories stand in between."""
    return 7 * sequence


def reading(sequence: int) -> Reading:
    events = EVENTS[:sequence]
    recorded = [Recorded(each, controls.envelope(each), position(each.sequence), each.body()) for each in events]
    return Reading(fold(events), recorded, position(sequence) if events else 0)


def heard(sequence: int) -> Heard:
    event = EVENTS[sequence - 1]
    return Heard(socket_event(event.kind), position(sequence), RawJson(event.body().decode()))


class Screen:
    """What a socket was sent."""

    def __init__(self) -> None:
        self.sequences: list[int] = []

    async def show(self, sid: str, name: str, body: RawJson, *, patient: bool = False) -> None:
        event = next(each for each in EVENTS if each.body().decode() == body.text)
        assert (sid, name) == ("sid", socket_event(event.kind))
        self.sequences.append(event.sequence)


@given(st.data())
async def test_each_event_is_sent_once_and_in_order(data: st.DataObject) -> None:
    """A viewer listens from event `first` on; the story is read then or later; live, some events are lost and read again."""
    screen = Screen()
    viewer = Viewer("sid", screen.show)
    first = data.draw(st.integers(1, LAST), label="listening before")
    begins = data.draw(st.integers(first, LAST), label="begins before")
    read = data.draw(st.integers(first - 1, LAST), label="read up to")
    after = data.draw(st.integers(0, LAST), label="after")
    begun = False
    lost = False
    for sequence in range(first, LAST + 1):
        if sequence == begins:
            await viewer.begin(reading(read), after)
            begun = True
        if data.draw(st.booleans(), label=f"{sequence} is lost"):
            lost = True
        elif not lost:
            await viewer.take(heard(sequence))
        if lost and data.draw(st.booleans(), label=f"found out after {sequence}"):
            lost = False
            await viewer.take(reading(data.draw(st.integers(sequence, LAST), label="read again up to")))
    if not begun:
        await viewer.begin(reading(read), after)
    await viewer.take(reading(LAST))
    assert screen.sequences == list(range(min(after, read) + 1, LAST + 1))


async def test_a_log_from_a_stream_that_is_no_more_hides_nothing_that_is_said_in_the_new_one() -> None:
    screen = Screen()
    viewer = Viewer("sid", screen.show)
    old = reading(5)
    await viewer.begin(Reading(old.state, old.events, 0), 0)
    for sequence in (6, 7):
        await viewer.take(Heard(heard(sequence).name, sequence - 5, heard(sequence).body))
    both = reading(8)
    await viewer.take(Reading(both.state, both.events, 3))
    assert screen.sequences == [1, 2, 3, 4, 5, 6, 7, 8]
