"""`python -m tests.chaos --seed N --stories N --kills N --seconds N`"""

import argparse
import asyncio
import dataclasses
import sys

from tests.chaos.run import run
from tests.chaos.settings import Settings
from tests.chaos.table import complaint, table


def main() -> int:
    """Run, print the table, and say by the exit code whether the promise held."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    for option in dataclasses.fields(Settings):
        name, default = f"--{option.name.replace('_', '-')}", option.default
        parser.add_argument(name, type=type(default), default=default)
    outcome = asyncio.run(run(Settings(**vars(parser.parse_args()))))
    sys.stdout.write(table(outcome) + "\n")
    if outcome.violations:
        sys.stdout.write(complaint(outcome) + "\n")
    return 1 if outcome.violations else 0


if __name__ == "__main__":
    sys.exit(main())
