"""JSON that is passed on as it came: neither parsed nor written anew."""

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class RawJson:
    """A JSON text."""

    text: str


class SplicingJson:
    """What python-socketio takes for its JSON module; a RawJson among a packet's arguments is spliced in."""

    @staticmethod
    def dumps(value: object, **options: Any) -> str:
        """`value` as JSON."""
        if isinstance(value, list) and any(isinstance(item, RawJson) for item in value):
            return f"[{','.join(SplicingJson.dumps(item, **options) for item in value)}]"
        return value.text if isinstance(value, RawJson) else json.dumps(value, **options)

    @staticmethod
    def loads(text: str, **options: Any) -> Any:
        """What a JSON text says."""
        return json.loads(text, **options)
