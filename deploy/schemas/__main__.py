"""`python -m deploy.schemas` writes contracts/schemas/; with `--check` it names what drifted and exits 1."""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path

import contracts
from contracts.queries import QueryFailed
from contracts.story import StoryState
from deploy.schemas import asyncapi
from deploy.schemas.json_schema import ASKED, WRITTEN, Schema, schema

FOLDER = Path(contracts.__path__[0]) / "schemas"


def documents() -> dict[str, str]:
    """Every generated file's text, by its name."""
    found: dict[str, Schema] = {
        "asyncapi": asyncapi.document(),
        "story": schema(StoryState, WRITTEN),
        "query.failed": schema(QueryFailed, WRITTEN),
    }
    for message in asyncapi.MESSAGES:
        found[message.kind] = schema(message, WRITTEN)
    for subject, (query, reply) in asyncapi.QUERIES.items():
        found[subject] = schema(query, ASKED)
        found[f"{subject}.reply"] = schema(reply, WRITTEN)
    return {f"{name}.json": _text(content) for name, content in found.items()}


def _text(content: Schema) -> str:
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def drift(folder: Path, wanted: Mapping[str, str]) -> list[str]:
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


def write(folder: Path, wanted: Mapping[str, str]) -> None:
    """Make `folder` hold the wanted files and no others."""
    folder.mkdir(exist_ok=True)
    for path in folder.glob("*"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (folder / name).write_bytes(text.encode())


def main(arguments: list[str] | None = None, folder: Path = FOLDER) -> int:
    """Write or check the folder. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m deploy.schemas", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 when a file drifted")
    if not parser.parse_args(arguments).check:
        write(folder, documents())
        return 0
    faults = drift(folder, documents())
    for fault in faults:
        print(f"{folder.name}/{fault}; `make contracts` mends it", file=sys.stderr)  # noqa: T201
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
