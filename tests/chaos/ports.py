"""Ports that nobody else picks: a server that is down for seconds must find its port free when it comes back."""

import random

from deploy.local.ports import is_taken

_RANGE = range(10_000, 20_000)  # other tests, and `storywire up`, pick from above
_taken: set[int] = set()


def own_port() -> int:
    """A free port, given once."""
    candidates = (random.SystemRandom().choice(_RANGE) for _ in range(1_000))
    port = next(port for port in candidates if port not in _taken and not is_taken(port))
    _taken.add(port)
    return port
