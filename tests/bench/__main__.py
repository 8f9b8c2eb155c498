"""Storywire beside what a user would pick instead: `make bench`, or `python -m tests.bench [NAME...]`."""

import argparse
import asyncio
import logging
import sys
import time
from collections.abc import Callable
from contextlib import aclosing

import structlog

from tests.bench import document, gateway, stores, writing
from tests.bench.contest import Result
from tests.bench.machine import machine
from tests.bench.table import HEAD, rows, table

_PARTS = (gateway.contests, stores.contests, writing.contests)


async def run(is_wanted: Callable[[str], bool]) -> list[Result]:
    """One contest after the other; each row of the table as soon as it is known."""
    results = []
    for part in _PARTS:
        async with aclosing(part(is_wanted)) as contests:
            async for contest in contests:
                results.append(result := await contest.held())
                _say("\n".join(rows(result)))
    return results


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="fan-out, crowd, memory, ...: only these")
    parser.add_argument("--write", action="store_true", help="put table and picture into docs/performance.md")
    given = parser.parse_args()
    if given.write and given.names:
        parser.error("--write takes all of them, so that one table stands for one run")
    _say(where := machine())
    _say("")
    _say(HEAD)
    begun = time.monotonic()
    results = asyncio.run(run(lambda name: not given.names or name in given.names))
    _say(f"\n{(time.monotonic() - begun) / 60:.1f} minutes")
    if given.write:
        document.write(where, table(results), results)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    logging.disable(logging.INFO)  # the store, which works in this process, uses libraries that tell of each task
    main()
