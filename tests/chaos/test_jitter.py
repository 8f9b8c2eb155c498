"""A short one with few clients; `python -m tests.chaos.jitter` is the real one."""

from tests.chaos.jitter import Jitter, run


async def test_clients_that_are_cut_off_again_and_again_miss_nothing_and_get_nothing_twice() -> None:
    delivered = await run(Jitter(clients=10, seconds=4, every=1, away=0.2, rate=8, clients_a_story=5))
    assert delivered.is_whole, str(delivered)
    assert len(delivered.caught_up) > 2 * 10, "they were hardly ever cut off"
