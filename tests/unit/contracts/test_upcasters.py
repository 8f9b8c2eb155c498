from contracts.events import EVENTS
from contracts.upcasters import UPCASTERS, Body, Upcaster, upcast

CHAIN: dict[tuple[str, int], Upcaster] = {
    ("requested", 1): lambda body: {**body, "title": body["name"]},
    ("requested", 2): lambda body: {key: value for key, value in body.items() if key != "name"},
    ("requested", 4): lambda body: {**body, "never": "reached"},
    ("processing.start", 1): lambda body: {**body, "other": True},
}


def test_an_old_body_goes_through_every_version_in_turn() -> None:
    assert upcast("requested", 1, {"name": "The Lamp"}, CHAIN) == {"title": "The Lamp"}


def test_the_chain_begins_where_the_body_is() -> None:
    assert upcast("requested", 2, {"name": "old", "title": "new"}, CHAIN) == {"title": "new"}


def test_the_newest_version_stays_as_it_is() -> None:
    body: Body = {"title": "The Lamp"}
    assert upcast("requested", 3, body, CHAIN) is body


def test_upcasting_leaves_what_it_was_given_alone() -> None:
    body: Body = {"name": "The Lamp"}
    upcast("requested", 1, body, CHAIN)
    assert body == {"name": "The Lamp"}


def test_every_retired_version_has_its_upcaster() -> None:
    retired = {(event.kind, version) for event in EVENTS for version in range(1, event.version)}
    assert set(UPCASTERS) == retired
