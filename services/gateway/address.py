"""Where a request truly comes from."""

from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address, ip_network

from starlette.datastructures import Headers
from starlette.types import Scope

from services.gateway.settings import Network

_SITE = 64  # bits of an IPv6 address that one customer has all addresses of


class Addresses:
    """Believes `X-Forwarded-For` as far as trusted proxies have written it, and nobody else."""

    def __init__(self, trusted: Sequence[Network]) -> None:
        self._trusted = trusted

    def of(self, scope: Scope) -> str:
        """The client's address; of IPv6 the network that it belongs to."""
        hops = [hop.strip() for line in Headers(scope=scope).getlist("x-forwarded-for") for hop in line.split(",")]
        here = (scope.get("client") or ("",))[0]
        while hops and self._is_trusted(here):
            here = hops.pop()
        return _site(here)

    def _is_trusted(self, address: str) -> bool:
        try:
            return any(ip_address(address) in network for network in self._trusted)
        except ValueError:
            return False


def _site(address: str) -> str:
    try:
        found = ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or ip_network((found, _SITE), strict=False))
    return str(found)
