"""A short one with few clients; `python -m tests.chaos.jitter` is the real one."""

from tests.chaos.jitter import Jitter, run


async def test_clients_that_are_cut_off_again_and_again_miss_nothing_and_get_nothing_twice() -> None:
    delivered = await run(Jitter(clients=40, seconds=12, every=3, away=0.5, rate=4, clients_a_story=10))
    assert delivered.is_whole, str(delivered)
    assert len(delivered.caught_up) > 3 * 40, "they were hardly ever cut off"
