"""Ports on loopback: finding one that stays ours, and telling whether one is taken."""

import errno
import random
import socket
from contextlib import suppress
from pathlib import Path

_LOWEST = 20_000
_given: set[int] = set()  # by this process: what was found free is in nobody's hands until its server has started
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def _first_ephemeral() -> int:
    try:
        return int(_RANGE.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 32_768


def _highest() -> int:
    return max(_first_ephemeral(), _LOWEST + 1_000)


def free_port() -> int:
    """Find a free port below those that the kernel gives to outgoing connections.

    From among those, a client that keeps dialling a server that is down may be given the server's own port, connect to
    itself and so keep the server from ever coming back.
    """
    candidates = (random.SystemRandom().randrange(_LOWEST, _highest()) for _ in range(1_000))
    port = next(port for port in candidates if port not in _given and not is_taken(port))
    _given.add(port)
    return port


def same_port(note: Path) -> int:
    """Find the port that stands in the file `note`, as long as it is free; else another, which stands there from then on."""
    with suppress(FileNotFoundError, ValueError):
        port = int(note.read_text())
        if _LOWEST <= port < _highest() and port not in _given and not is_taken(port):
            _given.add(port)
            return port
    port = free_port()
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(f"{port}\n")
    return port


def is_taken(port: int) -> bool:
    """Tell whether something listens on this port of the machine. PermissionError when this user may not listen there."""
    return any(_binding_fails(family, host, port) for family, host in _HOSTS)


_HOSTS = ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::1"))


def _binding_fails(family: socket.AddressFamily, host: str, port: int) -> bool:
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections that linger do not count
            probe.bind((host, port))
    except PermissionError:
        raise
    except OSError as error:  # a machine without IPv6 fails in other ways, which are not "taken"
        return error.errno == errno.EADDRINUSE
    return False
