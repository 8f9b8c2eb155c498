"""`python -m tests.fuzz --cases 6000`: what nobody thought of, over HTTP, as events, and as raw packets.

Exit code 1 when something was answered with 5xx or as the document does not say, when the gateway's log tells of an error,
or when the log of events has something that was not accepted. Memory is for a person to judge.
"""

import argparse
import sys

from tests.fuzz.run import run

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=6_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    outcome = run(options.cases, options.seed)
    sys.stdout.write(f"{outcome}\n")
    sys.exit(1 if outcome.broken or outcome.complaints or outcome.strangers else 0)
