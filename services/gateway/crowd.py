"""All who watch one story. Those who have had the same are told together, with one look at what they have had."""

from services.gateway.parcel import Parcel
from services.gateway.stories import Reading
from services.gateway.viewer import Outlet, Tally, Turn, Viewer


class Crowd:
    """Viewers who stand together are one viewer with many outlets; who still catches up stands apart."""

    def __init__(self, tally: Tally) -> None:
        self._apart: dict[Viewer, None] = {}
        self._together: dict[Viewer, Outlet] = {}
        self._one = Viewer(self, tally)  # stands for all who are together
        self._one.begin_at(("", 0, 0, 0))

    def admit(self, viewer: Viewer) -> None:
        """Let the viewer hear what happens."""
        self._apart[viewer] = None

    def dismiss(self, viewer: Viewer) -> bool:
        """Let it hear no more. Returns whether nobody is left."""
        self._apart.pop(viewer, None)
        self._together.pop(viewer, None)
        return not self._apart and not self._together

    async def begin(self, viewer: Viewer, reading: Reading, after: int) -> None:
        """Send the viewer what it misses; from then on it is told whatever comes."""
        await viewer.begin(reading, after)
        self._gather()

    def take(self, turn: Turn) -> None:
        """Send everybody what is new to them in the turn."""
        self._one.take(turn)
        if self._apart:
            for viewer in self._apart:
                viewer.take(turn)
            self._gather()

    def catch_up(self, reading: Reading) -> None:
        """Send everybody what is new to them in the reading."""
        for viewer in (self._one, *self._apart):
            viewer.catch_up(reading)
        self._gather()

    def send(self, parcel: Parcel) -> int:
        """Send it to all who are together. Returns how many they are."""
        for outlet in self._together.values():
            outlet.send(parcel)
        return len(self._together)

    async def room(self) -> None:
        """Nobody waits for a crowd."""

    def _gather(self) -> None:
        """Bring together who has had the same."""
        for viewer in list(self._apart):
            place = viewer.place
            if place is not None and not self._together:
                self._one.begin_at(place)
            if place is not None and place == self._one.place:
                del self._apart[viewer]
                self._together[viewer] = viewer.outlet
