"""Whatever comes between, and in whatever order readings and what is heard are mixed: each event once, in order."""

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from contracts.events import Event
from contracts.story import fold
from services.common.history import Head, Recorded
from services.gateway.frames import framed_text
from services.gateway.live import Delta, LiveReading
from services.gateway.parcel import Parcel, Said
from services.gateway.stories import Reading
from services.gateway.viewer import Turn, Viewer
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
    return Reading(Head(controls.STORY, fold(events), position(sequence) if events else 0), recorded)


def said(sequence: int) -> Said:
    event = EVENTS[sequence - 1]
    return Said.of(event.kind, position(sequence), event.body())


def heard(*sequences: int) -> Turn:
    return Turn([said(sequence) for sequence in sequences])


class Screen:
    """What a socket was sent."""

    def __init__(self) -> None:
        self.sequences: list[int] = []
        self.indexes: list[int] = []  # of pieces of live text
        self.counted = 0

    def send(self, parcel: Parcel) -> int:
        told = [said(event.sequence).frame for event in EVENTS]
        self.sequences += [told.index(each.frame) + 1 for each in parcel.said if not each.live]
        packets = [framed_text(each.frame).partition(b",")[2] for each in parcel.said if each.live]
        self.indexes += [json.loads(packet)[1]["index"] for packet in packets]
        return 1

    async def room(self) -> None:
        """There always is."""

    def take(self, viewer: Viewer, turn: list[int]) -> None:
        if turn:
            viewer.take(heard(*turn))

    def tally(self, parcel: Parcel, copies: int) -> None:
        self.counted += copies * len(parcel.said)


@given(st.data())
async def test_each_event_is_sent_once_and_in_order(data: st.DataObject) -> None:
    """A viewer listens from event `first` on; the story is read then or later; live, some events are lost and read again.

    Several may come in one turn, and some of them twice.
    """
    screen = Screen()
    viewer = Viewer(screen, screen.tally)
    first = data.draw(st.integers(1, LAST), label="listening before")
    begins = data.draw(st.integers(first, LAST), label="begins before")
    read = data.draw(st.integers(first - 1, LAST), label="read up to")
    after = data.draw(st.integers(0, LAST), label="after")
    begun = False
    lost = False
    turn: list[int] = []
    for sequence in range(first, LAST + 1):
        if sequence == begins:
            await viewer.begin(reading(read), after)
            begun = True
        if data.draw(st.booleans(), label=f"{sequence} is lost"):
            lost = True
        elif not lost:
            turn += [sequence] * data.draw(st.integers(1, 2), label="once or twice")
        ends = data.draw(st.booleans(), label=f"the turn ends with {sequence}")
        if turn and ends:
            screen.take(viewer, turn)
            turn = turn[-1:] if data.draw(st.booleans(), label="comes again") else []
        if lost and data.draw(st.booleans(), label=f"found out after {sequence}"):
            lost = False
            screen.take(viewer, turn)
            turn = []
            viewer.catch_up(reading(data.draw(st.integers(sequence, LAST), label="read again up to")))
    if not begun:
        await viewer.begin(reading(read), after)
    viewer.catch_up(reading(LAST))
    assert screen.sequences == list(range(min(after, read) + 1, LAST + 1))
    assert screen.counted == len(screen.sequences)


async def test_a_log_from_a_stream_that_is_no_more_hides_nothing_that_is_said_in_the_new_one() -> None:
    screen = Screen()
    viewer = Viewer(screen, screen.tally)
    old = reading(5)
    await viewer.begin(replace(old, head=replace(old.head, position=0)), 0)
    for sequence in (6, 7):
        viewer.take(Turn([said(sequence)._replace(position=sequence - 5)]))
    both = reading(8)
    viewer.catch_up(replace(both, head=replace(both.head, position=3)))
    assert screen.sequences == [1, 2, 3, 4, 5, 6, 7, 8]


async def test_who_was_there_hears_the_new_life_of_a_stream_whose_positions_begin_again() -> None:
    screen = Screen()
    viewer = Viewer(screen, screen.tally)
    old = reading(5)
    await viewer.begin(replace(old, epoch="first", live=pieces(0, at=9_000)), 0)
    viewer.catch_up(replace(old, epoch="second", head=replace(old.head, position=0)))
    viewer.take(Turn([said(6)._replace(position=1), *spoken(1, at=2)]))
    assert screen.sequences == [1, 2, 3, 4, 5, 6]
    assert screen.indexes == [1]


async def test_text_that_outlived_the_stream_of_events_is_not_told_again() -> None:
    screen = Screen()
    viewer = Viewer(screen, screen.tally)
    old = reading(5)
    await viewer.begin(replace(old, epoch="first", live=pieces(0, at=9_000)), 0)
    viewer.catch_up(replace(old, epoch="second", head=replace(old.head, position=0), live=pieces(0, 1, at=9_000)))
    assert screen.indexes == [1]


def pieces(*indexes: int, at: int) -> LiveReading:
    deltas = [controls.delta(index) for index in indexes]
    return LiveReading(tuple(Delta(delta, at + delta.index, delta.body()) for delta in deltas))


def spoken(*indexes: int, at: int) -> list[Said]:
    return [
        Said.of(each.piece.kind, each.position, each.body, live=True)
        for each in pieces(*indexes, at=at - indexes[0]).deltas
    ]
