"""Whether nats-server writes to the disk before it acknowledges. Clients cannot see that; its monitoring tells."""

import asyncio
import json
from http.client import HTTPException
from typing import Any
from urllib.request import ProxyHandler, build_opener

from services.common.logging import Logger

_PAUSE = 0.5  # seconds between two questions to a server that does not answer yet
_TIMEOUT = 2.0  # seconds
_NANOSECONDS = 1_000_000_000


class WeakDurability(RuntimeError):
    """What NATS acknowledges may still be lost."""


async def check(monitor_url: str, logger: Logger) -> None:
    """Ask each server of NATS_MONITOR_URL (several: separated by commas), for as long as it takes to answer.

    Raises WeakDurability when one acknowledges before the disk has it.
    """
    addresses = [address.strip().rstrip("/") for address in monitor_url.split(",") if address.strip()]
    if not addresses:
        logger.warning(
            "it could not be checked that nats-server runs with sync_interval: always, and without it what is acknowledged "
            "can be lost; set NATS_MONITOR_URL to where it is monitored (its http_port)"
        )
    for address in addresses:
        config = await _config(address, logger)
        if config.get("sync_always") is not True:
            seconds = config.get("sync_interval", 0) / _NANOSECONDS
            raise WeakDurability(
                f"nats-server acknowledges before the disk has it: sync_interval is {seconds:g}s, it must be always; write "
                f"`sync_interval: always` on a line of its own in its jetstream block (asked at NATS_MONITOR_URL, {address})"
            )


async def _config(address: str, logger: Logger) -> dict[str, Any]:
    said = ""
    while True:
        try:
            config = await asyncio.to_thread(_ask, f"{address}/jsz?config=true")
        except ValueError as error:
            raise WeakDurability(f"no nats-server answers at NATS_MONITOR_URL, {address}: {error}") from error
        except (OSError, HTTPException) as error:
            if said != str(error):
                said = str(error)
                logger.warning("waiting for nats-server's monitoring (NATS_MONITOR_URL)", url=address, error=error)
        else:
            return config
        await asyncio.sleep(_PAUSE)


def _ask(url: str) -> dict[str, Any]:
    if not url.startswith(("http://", "https://")):
        raise ValueError("it has to begin with http:// or https://")
    with build_opener(ProxyHandler({})).open(
        url, timeout=_TIMEOUT
    ) as answer:  # no proxy stands before a server's monitoring
        told = json.loads(answer.read())
    if not isinstance(told, dict) or not isinstance(told.get("config"), dict):
        raise OSError("it tells nothing of JetStream; is it enabled?")
    return dict(told["config"])
