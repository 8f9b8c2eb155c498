import pytest

from services.gateway import newcomers
from services.gateway.newcomers import Newcomers
from services.gateway.refusal import Refused


def test_an_address_becomes_so_many_guests_a_minute_and_others_do_not_notice() -> None:
    door = Newcomers(3, lambda: 0.0)
    for _ in range(3):
        door.one_more("1.1.1.1")
    with pytest.raises(Refused) as refused:
        door.one_more("1.1.1.1")
    fault = refused.value.fault
    assert (refused.value.status, fault.code, fault.limit, fault.retry_after) == (429, "too_many_guests", 3, 20)
    door.one_more("2.2.2.2")


def test_addresses_without_number_are_not_remembered_for_ever() -> None:
    door = Newcomers(3, lambda: 0.0)
    for number in range(newcomers.MOST_ADDRESSES + 100):
        door.one_more(f"{number}")
    assert len(door._paces) == newcomers.MOST_ADDRESSES
