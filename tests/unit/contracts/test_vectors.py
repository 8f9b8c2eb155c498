"""The vectors as anybody would read them: from the files, with nothing but the names and payloads that stand there."""

import json
from pathlib import Path
from typing import Any

import pytest

from contracts import live
from contracts.events import EVENTS, Event, ProcessingDelta, UnknownEvent
from contracts.live import DeltaGap
from contracts.socket import LiveText
from contracts.story import StoryState, evolve
from contracts.subjects import kind_of

_FOLDER = Path(live.__file__).parent / "vectors"
_KINDS: dict[str, type[Event]] = {event.kind: event for event in EVENTS}


def _vectors(name: str) -> list[Any]:
    return [pytest.param(each, id=each["name"]) for each in json.loads((_FOLDER / f"{name}.json").read_text())]


@pytest.mark.parametrize("vector", _vectors("story"))
def test_a_story_adds_up_to_the_state_after_each_event(vector: dict[str, Any]) -> None:
    state: StoryState | None = None
    for step in vector["steps"]:
        kind = _KINDS.get(kind_of(step["event"]["name"]), UnknownEvent)
        state = evolve(state, kind.model_validate(step["event"]["data"]))
        assert state.model_dump(mode="json") == step["state"]


@pytest.mark.parametrize("vector", _vectors("live"))
def test_live_text_is_what_it_should_be_after_each_delta(vector: dict[str, Any]) -> None:
    text = None if vector["before"] is None else LiveText.model_validate(vector["before"])
    for step in vector["steps"]:
        delta = ProcessingDelta.model_validate(step["delta"])
        if step["text"] == "gap":
            with pytest.raises(DeltaGap):
                live.follow(text, delta)
            break
        text = live.follow(text, delta)
        assert (text and text.model_dump(mode="json")) == step["text"]


def test_every_kind_of_event_stands_in_a_vector() -> None:
    told = {
        step["event"]["name"] for vector in json.loads((_FOLDER / "story.json").read_text()) for step in vector["steps"]
    }
    assert {kind_of(name) for name in told} == _KINDS.keys() | {UnknownEvent.kind}
