"""A story as a newer Storywire may write it: with a field, a kind and a version that nobody of today knows."""

from typing import ClassVar

from contracts.events import Event, ProcessingProgress, UnknownEvent
from tests import controls


class MoodChanged(UnknownEvent):
    """A kind that nobody of today knows."""

    kind: ClassVar[str] = "mood.changed"


class NewerProgress(ProcessingProgress):
    """A step as a later version tells it, with a share that this one cannot read."""

    version: ClassVar[int] = 2

    def body(self) -> bytes:
        return super().body().replace(b'"progress":50', b'"progress":"half"')


def story(story_id: str, owner: str = "ada") -> tuple[Event, ...]:
    """Four events, of which today's services know the first two."""
    told = {"story_id": story_id, "sequence": 3, "timestamp": controls.moment(3), "mood": "gloomy"}
    return (
        controls.requested(story_id=story_id, owner=owner, mood="hopeful"),
        controls.start(2, story_id=story_id),
        MoodChanged.model_validate(told),
        NewerProgress.model_validate(controls.progress(50, 4, story_id=story_id).model_dump()),
    )
