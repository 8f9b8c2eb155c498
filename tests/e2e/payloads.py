"""What users' frontends are written against: the four payloads, checked key by key."""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from contracts.subjects import kind_of
from tests.javascript.socket_client import Seen

_SCHEMAS = Path(__file__).parents[2] / "contracts" / "schemas"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")

Fits = Callable[[Any], bool]


def _text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _whole(value: Any) -> bool:
    return type(value) is int and value >= 0


def _matching(pattern: str) -> Fits:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


def _one_of(*values: str | int) -> Fits:
    return lambda value: type(value) in (str, int) and value in values


_ALWAYS: dict[str, Fits] = {
    "storyId": _matching("[0-9a-z]{26}"),
    "timestamp": _matching(_TIME.pattern),
    "sequence": _whole,
    "attempt": _whole,
}
_STEPS = ("reading_file", "ai_processing", "saving_file")
PROMISED: Mapping[str, Mapping[str, Fits]] = {
    "story:processing:start": {**_ALWAYS, "step": _one_of("story_generation")},
    "story:processing:progress": {**_ALWAYS, "progress": _one_of(25, 50, 75), "step": _one_of(*_STEPS)},
    "story:processing:complete": {
        **_ALWAYS,
        "generatedContent": _text,
        "generatedWordCount": _whole,
        "processingTime": _whole,
    },
    "story:processing:error": {**_ALWAYS, "error": _text, "step": _one_of("story_generation", *_STEPS)},
}
_IF_THERE: Mapping[str, Fits] = {"message": _text}


def check(seen: Seen) -> None:
    """Every promised key is there and fits; there is no key that the schema does not describe; the schema holds."""
    promised = PROMISED[seen.event]
    wrong = {key: seen.data.get(key) for key, fits in promised.items() if not fits(seen.data.get(key))}
    wrong |= {key: seen.data[key] for key, fits in _IF_THERE.items() if key in seen.data and not fits(seen.data[key])}
    assert wrong == {}, f"{seen.event}: {wrong}"
    schema = json.loads((_SCHEMAS / f"{kind_of(seen.event)}.json").read_text())
    assert seen.data.keys() <= schema["properties"].keys(), seen
    Draft202012Validator(schema).validate(seen.data)
