"""What the services hold, from outside."""

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.request import urlopen

import psutil

from tests.e2e.stack import Stack

_MIB = 1024 * 1024


@dataclass(frozen=True)
class Inventory:
    """By process: memory (RSS, MiB) and open handles. By service: NATS subscriptions. All JetStream consumers there are."""

    memory: Mapping[str, float]
    handles: Mapping[str, int]
    subscriptions: Mapping[str, int]
    consumers: tuple[str, ...]
    live_bytes: int


async def take(stack: Stack) -> Inventory:
    """Look at everything once."""
    processes = {name: psutil.Process(running["pid"]) for name, running in stack.processes().items()}
    connections, streams = await asyncio.gather(
        asyncio.to_thread(_monitored, stack, "/connz?subs=true"),
        asyncio.to_thread(_monitored, stack, "/jsz?streams=true&consumers=true"),
    )
    details = [stream for account in streams["account_details"] for stream in account["stream_detail"]]
    return Inventory(
        memory={name: process.memory_info().rss / _MIB for name, process in processes.items()},
        handles={name: process.num_fds() for name, process in processes.items()},
        subscriptions={one["name"]: one["subscriptions"] for one in connections["connections"]},
        consumers=tuple(
            sorted(
                f"{stream['name']}/{one['name']}" for stream in details for one in stream.get("consumer_detail") or ()
            )
        ),
        live_bytes=next(stream["state"]["bytes"] for stream in details if stream["name"] == "LIVE"),
    )


def _monitored(stack: Stack, path: str) -> Any:
    configuration = (stack.data / "nats" / "nats.conf").read_text()
    address = re.search(r'^http: "(.*)"$', configuration, re.MULTILINE)
    assert address is not None
    with urlopen(f"http://{address[1]}{path}", timeout=5) as answer:
        return json.loads(answer.read())
