"""`python -m deploy.schemas` writes what is generated from the contracts; with `--check` it names what drifted and exits 1.

The schemas, the vectors of the fold, and the page's types: each in a folder that holds nothing else.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path

import contracts
import services.web
from contracts.queries import QueryFailed
from contracts.story import StoryState
from deploy.schemas import asyncapi, openapi, typescript, vectors
from deploy.schemas.json_schema import ASKED, WRITTEN, Schema, schema

_CONTRACTS = Path(contracts.__path__[0])
FOLDER = _CONTRACTS / "schemas"
VECTORS = _CONTRACTS / "vectors"
TYPES = Path(services.web.__path__[0]) / "client" / "src" / "contracts"

Wanted = Mapping[str, str]


def generated() -> dict[Path, Wanted]:
    """Every generated folder: its files' texts by their names."""
    return {
        FOLDER: documents(),
        VECTORS: {f"{name}.json": _text(content) for name, content in vectors.documents().items()},
        TYPES: {"index.ts": typescript.document()},
    }


def documents() -> dict[str, str]:
    """Every schema's text, by its file's name."""
    found: dict[str, Schema] = {
        "asyncapi": asyncapi.document(),
        "openapi": openapi.document(),
        "story": schema(StoryState, WRITTEN),
        "query.failed": schema(QueryFailed, WRITTEN),
    }
    for message in asyncapi.MESSAGES:
        found[message.kind] = schema(message, WRITTEN)
    for subject, (query, reply) in asyncapi.QUERIES.items():
        found[subject] = schema(query, ASKED)
        found[f"{subject}.reply"] = schema(reply, WRITTEN)
    return {f"{name}.json": _text(content) for name, content in found.items()}


def _text(content: object) -> str:
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def drift(folder: Path, wanted: Wanted) -> list[str]:
    """What is wrong with the files in `folder`, one sentence each."""
    found = {path.name: path for path in folder.glob("*")}
    return sorted(
        [f"{name} is missing" for name in wanted.keys() - found.keys()]
        + [f"{name} is superfluous" for name in found.keys() - wanted.keys()]
        + [
            f"{name} differs from the classes"
            for name in wanted.keys() & found.keys()
            if found[name].read_bytes() != wanted[name].encode()
        ]
    )


def write(folder: Path, wanted: Wanted) -> None:
    """Make `folder` hold the wanted files and no others."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (folder / name).write_bytes(text.encode())


def main(arguments: list[str] | None = None, places: Mapping[Path, Wanted] | None = None) -> int:
    """Write or check the folders. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m deploy.schemas", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 when a file drifted")
    places = generated() if places is None else places
    if not parser.parse_args(arguments).check:
        for folder, wanted in places.items():
            write(folder, wanted)
        return 0
    faults = [f"{folder.name}/{fault}" for folder, wanted in places.items() for fault in drift(folder, wanted)]
    for fault in faults:
        print(f"{fault}; `make contracts` mends it", file=sys.stderr)  # noqa: T201
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
