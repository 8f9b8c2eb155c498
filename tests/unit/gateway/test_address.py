from ipaddress import ip_network
from typing import Any

import pytest

from services.gateway.address import Addresses

PROXIES = Addresses([ip_network("10.0.0.0/8"), ip_network("fd00::/8")])
NOBODY = Addresses([])


def scope(peer: str | None, *forwarded: str) -> dict[str, Any]:
    headers = [(b"x-forwarded-for", line.encode()) for line in forwarded]
    return {"type": "http", "headers": headers, "client": None if peer is None else (peer, 1)}


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("8.8.8.8", [], "8.8.8.8"),
        ("8.8.8.8", ["1.2.3.4"], "8.8.8.8"),  # a stranger says that they are somebody else
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["8.8.8.8"], "8.8.8.8"),
        ("10.0.0.1", ["1.2.3.4, 8.8.8.8"], "8.8.8.8"),  # what stands before was there when it came to the proxy
        ("10.0.0.1", ["1.2.3.4", "8.8.8.8"], "8.8.8.8"),
        ("10.0.0.1", ["8.8.8.8, 10.9.9.9"], "8.8.8.8"),
        ("10.0.0.1", ["not an address"], "not an address"),
        ("fd00::1", ["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::/64"),
        ("::ffff:8.8.8.8", [], "8.8.8.8"),
        (None, [], ""),
    ],
)
def test_an_address_is_the_last_one_that_nobody_but_a_trusted_proxy_has_told(
    peer: str | None, forwarded: list[str], address: str
) -> None:
    assert PROXIES.of(scope(peer, *forwarded)) == address


def test_without_trusted_proxies_nobody_is_believed() -> None:
    assert NOBODY.of(scope("10.0.0.1", "8.8.8.8")) == "10.0.0.1"
