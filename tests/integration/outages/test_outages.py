"""NATS or MongoDB goes away or freezes: that costs time, and nothing else. The figures are printed (`pytest -s`).

OUTAGE_SECONDS=60 makes the outages as long as `docs/reliability.md` has them.
"""

import asyncio
import os
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import aiohttp
import pytest

from contracts.events import TERMINAL, Event
from tests.integration.outages.house import Author, House, seconds_until, titles
from tests.integration.outages.house import session as http_session
from tests.servers import Server

OUTAGE = float(os.environ.get("OUTAGE_SECONDS", "3"))
NATS_FROZEN = max(OUTAGE, 10.0)  # its clients notice that only after 10 to 15
RED_WITHIN = 5.0
BACK_WITHIN = 10.0
SHARE_OF_A_CORE = 0.2

pytestmark = pytest.mark.timeout(180 + 2 * NATS_FROZEN)


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """One for all outages: each ends with everything at work again, and tells its stories from the others' by their titles."""
    with tempfile.TemporaryDirectory(prefix="storywire-") as folder, House(Path(folder)).running() as house:
        yield house


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async for http in http_session():
        yield http


@pytest.mark.parametrize("frozen", [False, True], ids=["killed", "frozen"])
@pytest.mark.parametrize("who", ["nats", "mongo"])
async def test_an_outage_is_shown_at_once_and_over_soon_and_nothing_is_half_accepted(
    who: str, frozen: bool, house: House, http: aiohttp.ClientSession
) -> None:
    what = f"{who} {'frozen' if frozen else 'killed'}"
    author, server = Author(house, http, what), house.servers[who]
    seconds = NATS_FROZEN if what == "nats frozen" else OUTAGE
    first = await author.ask()
    assert first is not None
    await seconds_until(partial(author.is_complete, first), 20, "a first story")
    underway = [await author.ask() for _ in range(3)]
    assert None not in underway
    asking = asyncio.create_task(author.keep_asking(pause=0.5))
    await asyncio.sleep(1)  # the stories are in the middle of their text

    before = house.processor_seconds()
    with away(server, frozen=frozen):
        began = asyncio.get_running_loop().time()
        red = await seconds_until(partial(_not, author.is_ready), RED_WITHIN, "readiness to turn red")
        await asyncio.sleep(began + seconds - asyncio.get_running_loop().time())
        shares = {name: (used - before[name]) / seconds for name, used in house.processor_seconds().items()}

    green = await seconds_until(author.is_ready, BACK_WITHIN, "readiness to turn green")
    asking.cancel()
    await asyncio.wait({asking})
    after = await author.ask()
    assert after is not None, author.refused
    left = BACK_WITHIN - green
    green += await seconds_until(partial(author.is_complete, after), left, "a story asked for afterwards")
    told = set(author.accepted.values())
    caught_up = await seconds_until(partial(author.listed_complete, told), 30, "all accepted stories")
    outage = f"{what} for {seconds:g} s"
    sys.stdout.write(_report(outage, author, shares, red=red, green=green, caught_up=green + caught_up))

    log = about(what, await house.log_of_record())
    counted = Counter(titles(log))
    assert {title: counted[title] for title in author.accepted} == dict.fromkeys(author.accepted, 1)
    assert counted.keys() <= author.accepted.keys() | author.refused.keys()
    assert max(counted.values()) == 1, "one that was refused has been written twice"
    for events in log.values():
        assert [event.sequence for event in events] == list(range(1, len(events) + 1))
        assert [type(event) in TERMINAL for event in events].count(True) <= 1
    assert set(author.refused.values()) <= {0, 503}
    for name, share in shares.items():
        assert share < SHARE_OF_A_CORE, f"{name} used {share:.0%} of a core while {who} was away"


@contextmanager
def away(server: Server, *, frozen: bool) -> Iterator[None]:
    """While the body runs, and no longer, whatever comes of it."""
    if frozen:
        server.pause()
    else:
        server.kill()
    try:
        yield
    finally:
        if frozen:
            server.resume()
        else:
            server.start(wait=False)


def about(what: str, stories: Mapping[str, list[Event]]) -> dict[str, list[Event]]:
    """Those whose title begins so."""
    return {story: events for story, events in stories.items() if titles({story: events})[0].startswith(what)}


async def _not(ready: object) -> bool:
    return not await ready()  # type: ignore[operator]


def _report(what: str, author: Author, shares: dict[str, float], *, red: float, green: float, caught_up: float) -> str:
    used = ", ".join(f"{name} {share:.1%}" for name, share in shares.items())
    return (
        f"\n{what}: red after {red:.1f} s, a new story complete {green:.1f} s after its return, "
        f"all {len(author.accepted)} accepted ones after {caught_up:.1f} s; "
        f"refused {dict(Counter(author.refused.values()))}; of a core: {used}\n"
    )
