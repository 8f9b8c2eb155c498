import pytest

from services.gateway.lobby import Lobby
from services.gateway.refusal import Refused
from services.gateway.settings import GatewaySettings


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hall(clock: Clock) -> Lobby:
    limits = {
        "sockets_per_user": 2,
        "sockets_per_address": 3,
        "connect_within": 10,
        "strangers": 6,
        "strangers_per_address": 4,
    }
    return Lobby(GatewaySettings.model_validate(limits), clock)


def refused(hall: Lobby, connection: str, user: str) -> str:
    with pytest.raises(Refused) as refusal:
        hall.seat(connection, user)
    assert refusal.value.fault.retry_after
    return refusal.value.fault.message


def test_who_does_not_say_who_they_are_is_late_and_who_does_is_not(hall: Lobby, clock: Clock) -> None:
    hall.enter("a", "1.1.1.1")
    clock.now = 5
    hall.enter("b", "1.1.1.1")
    hall.seat("b", "ann")
    assert hall.late() == []
    clock.now = 10
    assert hall.late() == ["a"]
    clock.now = 1_000
    hall.leave("a")
    assert hall.late() == []


def test_who_gives_up_their_seat_stands_again(hall: Lobby, clock: Clock) -> None:
    hall.enter("a", "1.1.1.1")
    hall.seat("a", "ann")
    hall.stand("a")
    clock.now = 10
    assert hall.late() == ["a"]


def test_one_user_has_so_many_seats_from_wherever_they_come(hall: Lobby) -> None:
    for number, connection in enumerate("abc"):
        hall.enter(connection, f"1.1.1.{number}")
    hall.seat("a", "ann")
    hall.seat("b", "ann")
    assert "SOCKETS_PER_USER" in refused(hall, "c", "ann")
    hall.seat("c", "bob")
    hall.leave("a")
    hall.enter("d", "1.1.1.1")
    hall.seat("d", "ann")


def test_one_address_has_so_many_seats_for_whomever_they_are(hall: Lobby) -> None:
    for connection in "abcd":
        hall.enter(connection, "1.1.1.1")
    for connection in "abc":
        hall.seat(connection, f"user {connection}")
    assert "SOCKETS_PER_ADDRESS" in refused(hall, "d", "user d")
    hall.stand("b")
    hall.seat("d", "user d")


def test_where_too_many_stand_the_one_who_has_stood_longest_makes_room(hall: Lobby) -> None:
    entered = [hall.enter(f"{number}", "1.1.1.1") for number in range(6)]
    assert entered[-3:] == [[], ["0"], ["1"]]
    assert hall.enter("elsewhere", "2.2.2.2") == []
    with pytest.raises(Refused):
        hall.seat("0", "ann")


def test_so_they_do_where_they_come_from_everywhere(hall: Lobby) -> None:
    entered = [hall.enter(f"{number}", f"10.0.0.{number}") for number in range(7)]
    assert entered[-2:] == [[], ["0"]]
