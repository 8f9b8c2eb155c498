from contracts.events import EVENTS, ProcessingDelta
from contracts.permissions import USERS, WRITERS
from contracts.subjects import ALL_DEAD, ALL_LIVE, ALL_REVOKED, ALL_STORIES


def test_every_kind_of_event_has_one_writer() -> None:
    written = [kind for kinds in WRITERS.values() for kind in kinds]
    assert sorted(written) == sorted([*(event.kind for event in EVENTS), ProcessingDelta.kind])


def test_nobody_but_the_server_publishes_what_is_read_as_committed() -> None:
    committed = tuple(subject.removesuffix(">") for subject in (ALL_STORIES, ALL_LIVE, ALL_DEAD, ALL_REVOKED))
    for permissions in USERS.values():
        assert [subject for subject in permissions.publish if subject.startswith(committed)] == []


def test_nobody_may_publish_or_hear_everything() -> None:
    for permissions in USERS.values():
        assert not {">", "*", "*.>", "$JS.>", "$JS.API.>", "write.>", "_INBOX.>"} & {
            *permissions.publish,
            *permissions.subscribe,
        }


def test_nobody_may_delete_a_stream() -> None:
    for permissions in USERS.values():
        assert [subject for subject in permissions.publish if "STREAM.DELETE" in subject] == []
