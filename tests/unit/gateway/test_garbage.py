"""What the gateway is made of is not looked through again while it serves; afterwards all is as it was."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.gateway.garbage import rarely_collected


class Part:
    """Something that the service is made of."""


@asynccontextmanager
async def service(part: Part) -> AsyncIterator[None]:
    gc.collect()  # what has been looked at as often as can be
    yield


def is_looked_at(part: Part) -> bool:
    return any(each is part for each in gc.get_objects())


async def test_what_a_service_is_made_of_is_looked_at_no_more_until_it_ends() -> None:
    usual, part = gc.get_threshold(), Part()
    assert is_looked_at(part)
    async with rarely_collected(service(part)):
        assert not is_looked_at(part)
        assert gc.get_threshold()[0] > usual[0]
    assert is_looked_at(part)
    assert gc.get_threshold() == usual


async def test_what_comes_and_goes_later_is_collected_all_the_same() -> None:
    async with rarely_collected(service(Part())):
        later = Part()
        assert is_looked_at(later)
