"""The only place where subjects and Socket.IO event names are built or taken apart.

`write.story.<id>.<kind>` is where writers publish, `story.<id>.<kind>` what the stream stored and everybody reads;
live text goes the same way with `live.` in front. A Socket.IO name is the subject without the id, joined by `:`.
"""

import hashlib
from functools import lru_cache
from typing import NamedTuple

from contracts.ids import story_id

REQUESTS = ("story.*.requested", "story.*.retry.requested")
CANCEL_REQUESTS = "story.*.cancel.requested"
ALL_STORIES = "story.>"
ALL_LIVE = "live.story.>"
ALL_DEAD = "dead.>"
REPLAY = "replay"  # in front of what is published again
ALL_REPLAYED = f"{REPLAY}.>"
ALL_REVOKED = "revoked.>"
WRITE = "write."
LIVE = "live."
INBOX = "_INBOX."
NAMESPACE = "/stories"
RENEW = "session:renew"  # the one Socket.IO event that is about no story

ALL_QUERIES = "store.query.*"
QUERY_STORY = "store.query.story"
QUERY_LIST = "store.query.list"
QUERY_EVENTS = "store.query.events"
QUERY_ACTIVITY = "store.query.activity"


class InvalidSubject(ValueError):
    """The text is not the subject of a story's event."""


class Address(NamedTuple):
    """What a subject says: which story, and which kind of event, `processing.start` for one."""

    story_id: str
    kind: str


def story_subject(story: str, kind: str) -> str:
    """Where a committed event is read: `story.<id>.<kind>`. Raises InvalidStoryId."""
    return f"story.{story_id(story)}.{kind}"


def live_subject(story: str, kind: str) -> str:
    """Where live text is read: `live.story.<id>.<kind>`."""
    return LIVE + story_subject(story, kind)


def write_subject(subject: str) -> str:
    """Where a writer publishes what shall be read on `subject`."""
    return WRITE + subject


def of_any_story(kind: str) -> str:
    """Every story's committed events of a kind: `story.*.<kind>`."""
    return f"story.*.{kind}"


def matching(story: str | None, kind: str | None) -> str:
    """Committed events of one story or of all, of one kind or of all. Raises InvalidStoryId."""
    return f"story.{'*' if story is None else story_id(story)}.{kind or '>'}"


def replay_subject(subject: str, prefix: str = REPLAY) -> str:
    """Where the event is published again that was read on `subject`."""
    return f"{prefix}.{subject}" if prefix else subject


def story_events(story: str) -> str:
    """All committed events of one story: `story.<id>.>`."""
    return story_subject(story, ">")


def story_live(story: str) -> str:
    """All live text of one story: `live.story.<id>.>`."""
    return live_subject(story, ">")


def dead_subject(handler: str, epoch: str, position: int) -> str:
    """Where the one dead letter is read that a handler has of a message: `dead.<handler>.<epoch>.<position>`."""
    return f"dead.{handler}.{epoch}.{position}"


@lru_cache(8_192)  # each second a gateway looks for all its users' at once
def revoked_subject(kind: str, whose: str) -> str:
    """Where it is read that what was signed for somebody holds no longer: `revoked.<kind>.<digest of whose>`."""
    return f"revoked.{kind}.{hashlib.sha256(whose.encode()).hexdigest()[:32]}"


def dead_letters_of(handler: str) -> str:
    """All dead letters of a handler: `dead.<handler>.>`."""
    return f"dead.{handler}.>"


def requeue_subject(handler: str) -> str:
    """Where a handler is asked to handle a dead letter's message once more: `requeue.<handler>`."""
    return f"requeue.{handler}"


def inbox_of(user: str) -> str:
    """Where a user of NATS gets answers, and nobody else hears them: `_INBOX.<user>`, and all below it."""
    return INBOX + user


def parse_subject(subject: str) -> Address:
    """Take apart what `story_subject` or `live_subject` built. Raises InvalidSubject, InvalidStoryId."""
    first, _, rest = subject.removeprefix(LIVE).partition(".")
    story, _, kind = rest.partition(".")
    if first != "story" or not kind:
        raise InvalidSubject(f"not the subject of a story's event: {subject!r}")
    return Address(story_id(story), kind)


def kind_heard(subject: str, pattern: str) -> str:
    """The kind of a message that was heard on `pattern`, which `story_events` or `story_live` built."""
    return subject[len(pattern) - 1 :]


def socket_event(kind: str) -> str:
    """The Socket.IO name of a kind: `processing.start` -> `story:processing:start`."""
    return "story:" + kind.replace(".", ":")


def kind_of(name: str) -> str:
    """The kind of a Socket.IO name: `story:processing:start` -> `processing.start`. Raises InvalidSubject."""
    first, _, kind = name.partition(":")
    if first != "story" or not kind:
        raise InvalidSubject(f"not the Socket.IO name of a story's event: {name!r}")
    return kind.replace(":", ".")
