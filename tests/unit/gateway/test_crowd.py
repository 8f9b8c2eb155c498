"""However many watch, and wherever each of them came in: each has each event once, in order, as if alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.crowd import Crowd
from services.gateway.parcel import Parcel
from services.gateway.viewer import Viewer
from tests.unit.gateway.test_viewer import LAST, Screen, heard, reading


class Auditorium:
    """A crowd, and what its tally came to."""

    def __init__(self) -> None:
        self.told = 0
        self.looks = 0
        self.crowd = Crowd(self._tally)

    def _tally(self, parcel: Parcel, copies: int) -> None:
        self.told += copies * len(parcel.said)
        self.looks += 1

    def enter(self) -> tuple[Screen, Viewer]:
        screen = Screen()
        viewer = Viewer(screen, self._tally)
        self.crowd.admit(viewer)
        return screen, viewer

    async def seat(self, read: int, after: int = 0) -> tuple[Screen, Viewer]:
        screen, viewer = self.enter()
        await self.crowd.begin(viewer, reading(read), after)
        return screen, viewer


@pytest.fixture
async def auditorium() -> Auditorium:
    return Auditorium()


@given(st.data())
async def test_each_has_each_event_once_whenever_they_came_in(data: st.DataObject) -> None:
    """Some begin at once and some later, with readings of any age since they came in; some leave; turns are heard twice."""
    auditorium = Auditorium()
    waiting: list[tuple[Screen, Viewer, int]] = []
    seated: list[tuple[Screen, Viewer]] = []
    for sequence in range(1, LAST + 1):
        waiting += [(*auditorium.enter(), sequence - 1) for _ in range(data.draw(st.integers(0, 2), label="come in"))]
        for _ in range(data.draw(st.integers(0, len(waiting)), label="begin")):
            screen, viewer, came = waiting.pop(data.draw(st.integers(0, len(waiting) - 1), label="which"))
            read = data.draw(st.integers(came, sequence), label="read up to")  # it may be read before it is heard
            await auditorium.crowd.begin(viewer, reading(read), 0)
            seated.append((screen, viewer))
        auditorium.crowd.take(heard(*[sequence] * data.draw(st.integers(1, 2), label="heard")))
        leaving = data.draw(st.integers(0, len(seated)), label="leave")
        for screen, viewer in seated[:leaving]:
            auditorium.crowd.dismiss(viewer)
            assert screen.sequences == list(range(1, sequence + 1))
        del seated[:leaving]
    for screen, viewer, _ in waiting:
        await auditorium.crowd.begin(viewer, reading(LAST), 0)
        seated.append((screen, viewer))
    for screen, _ in seated:
        assert screen.sequences == list(range(1, LAST + 1))


async def test_who_has_had_the_same_is_looked_at_together(auditorium: Auditorium) -> None:
    screens = [await auditorium.seat(2, after=2) for _ in range(100)]
    auditorium.looks = 0
    auditorium.crowd.take(heard(3))
    assert auditorium.looks == 1
    assert auditorium.told == 100
    assert all(screen.sequences == [3] for screen, _ in screens)


async def test_who_was_behind_is_among_the_others_once_they_have_had_the_same(auditorium: Auditorium) -> None:
    ahead, _ = await auditorium.seat(3)
    late, viewer = auditorium.enter()
    await auditorium.crowd.begin(viewer, reading(2), 0)
    auditorium.crowd.take(heard(3))
    auditorium.looks = 0
    auditorium.crowd.take(heard(4))
    assert auditorium.looks == 1
    assert ahead.sequences == late.sequences == [1, 2, 3, 4]


async def test_what_was_missed_reaches_all_of_them(auditorium: Auditorium) -> None:
    together, _ = await auditorium.seat(2)
    waiting, viewer = auditorium.enter()
    auditorium.crowd.catch_up(reading(5))
    await auditorium.crowd.begin(viewer, reading(2), 0)
    auditorium.crowd.take(heard(6))
    assert together.sequences == waiting.sequences == [1, 2, 3, 4, 5, 6]


async def test_who_left_hears_no_more_and_the_last_to_leave_is_known(auditorium: Auditorium) -> None:
    (gone, first), (stays, second) = await auditorium.seat(1), await auditorium.seat(1)
    assert not auditorium.crowd.dismiss(first)
    auditorium.crowd.take(heard(2))
    assert (gone.sequences, stays.sequences) == ([1], [1, 2])
    assert auditorium.crowd.dismiss(second)


async def test_who_left_while_it_was_sent_its_history_stays_away(auditorium: Auditorium) -> None:
    gone, viewer = auditorium.enter()
    auditorium.crowd.dismiss(viewer)
    await auditorium.crowd.begin(viewer, reading(1), 0)
    auditorium.crowd.take(heard(2))
    assert gone.sequences == [1]
