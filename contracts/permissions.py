"""Who may say and hear what in NATS: a user for each service, with the subjects that its work needs and no others.

Nobody may publish on `story.>`, `live.>`, `dead.>` or `revoked.>`: what is heard there comes from the server, and has been committed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from contracts import subjects
from contracts.streams import (
    DEAD_LETTERS,
    GENERATOR,
    LIVE,
    REVOCATIONS,
    STORE,
    STORIES,
    STREAMS,
    UPLOADS_CHUNKS,
    UPLOADS_METAS,
    UPLOADS_STREAM,
    ConsumerSpec,
)

# Kinds rather than classes: who only wants to know who may do what does not wait for pydantic.
WRITERS: Mapping[str, tuple[str, ...]] = {
    "gateway": ("requested", "cancel.requested", "retry.requested", "deleted"),
    "generator": (
        "processing.start",
        "processing.progress",
        "processing.complete",
        "processing.error",
        "processing.cancelled",
        "processing.delta",
    ),
}
"""Which service writes which kinds of events. Every kind has one writer."""
_LIVE_KINDS = ("processing.delta",)
OPERATOR = "operator"  # of the command line: whoever looks after a stack
READER = "reader"  # of other services that listen to stories


@dataclass(frozen=True)
class Permissions:
    """Subjects, wildcards welcome, that a user may publish on and subscribe to. What is denied is taken off what is allowed."""

    publish: tuple[str, ...] = ()
    subscribe: tuple[str, ...] = ()
    publish_never: tuple[str, ...] = ()


def _api(call: str, *names: str) -> str:
    return ".".join(("$JS.API", call, *names))


def _writes(service: str) -> Iterable[str]:
    for kind in WRITERS[service]:
        subject = subjects.of_any_story(kind)
        yield subjects.write_subject(subjects.LIVE + subject if kind in _LIVE_KINDS else subject)


def _buries(handler: str) -> tuple[str, ...]:
    """Put messages into the stream of dead letters, and take back those that were handled after all."""
    return (
        subjects.write_subject(subjects.dead_letters_of(handler)),
        *_reads(DEAD_LETTERS.name),
        _api("STREAM.MSG.DELETE", DEAD_LETTERS.name),
    )


def _reads(*streams: str) -> Iterable[str]:
    for stream in streams:
        yield from (_api("DIRECT.GET", stream), _api("STREAM.MSG.GET", stream))


def _takes(consumer: ConsumerSpec) -> tuple[str, ...]:
    """Fetch and settle what a durable consumer of the stories brings."""
    return (
        _api("CONSUMER.INFO", STORIES.name, consumer.durable),
        _api("CONSUMER.MSG.NEXT", STORIES.name, consumer.durable),
        f"$JS.ACK.{STORIES.name}.{consumer.durable}.>",
    )


def _declares() -> Iterable[str]:
    for stream in _ALL_STREAMS:
        yield from (_api("STREAM.CREATE", stream), _api("STREAM.UPDATE", stream))
    for consumer in STORIES.consumers:
        yield _api("CONSUMER.DURABLE.CREATE", STORIES.name, consumer.durable)


def _inbox(user: str) -> str:
    return subjects.inbox_of(user) + ".>"


_ALL_STREAMS = (*(spec.name for spec in STREAMS), UPLOADS_STREAM)
_CHECKS_STREAMS = tuple(_api("STREAM.INFO", stream) for stream in _ALL_STREAMS)

_GATEWAY = Permissions(
    publish=(
        *_writes("gateway"),
        subjects.ALL_QUERIES,
        *_CHECKS_STREAMS,
        *_reads(STORIES.name, LIVE.name, REVOCATIONS.name, UPLOADS_STREAM),
        subjects.write_subject(subjects.ALL_REVOKED),
        *(UPLOADS_CHUNKS + "*", UPLOADS_METAS + "*", _api("STREAM.PURGE", UPLOADS_STREAM)),
        _api("CONSUMER.INFO", STORIES.name, STORE.durable),
    ),
    subscribe=(subjects.ALL_STORIES, subjects.ALL_LIVE, subjects.ALL_REVOKED, _inbox("gateway")),
)
_GENERATOR = Permissions(
    publish=(
        *_writes("generator"),
        subjects.QUERY_EVENTS,
        *_CHECKS_STREAMS,
        *_reads(STORIES.name, LIVE.name, UPLOADS_STREAM),
        *_takes(GENERATOR),
        *_buries("generator"),
        _inbox(OPERATOR),
    ),
    subscribe=(subjects.CANCEL_REQUESTS, subjects.requeue_subject("generator"), _inbox("generator")),
)
_STORE = Permissions(
    publish=(
        *_declares(),
        *_CHECKS_STREAMS,
        *_takes(STORE),
        *_reads(STORIES.name, UPLOADS_STREAM),
        *(_api("STREAM.PURGE", stream) for stream in (STORIES.name, LIVE.name, DEAD_LETTERS.name, UPLOADS_STREAM)),
        *_buries("store"),
        *(_inbox(asker) for asker in ("gateway", "generator", OPERATOR)),
    ),
    subscribe=(subjects.ALL_QUERIES, subjects.requeue_subject("store"), _inbox("store")),
)
_OPERATOR = Permissions(
    publish=(
        _api("INFO"),
        subjects.ALL_QUERIES,
        *_CHECKS_STREAMS,
        *_reads(*_ALL_STREAMS),
        _api("STREAM.MSG.DELETE", DEAD_LETTERS.name),
        _api("CONSUMER.INFO", STORIES.name, STORE.durable),
        subjects.requeue_subject("*"),
        subjects.ALL_REPLAYED,
    ),
    subscribe=(subjects.ALL_STORIES, subjects.ALL_LIVE, subjects.ALL_DEAD, _inbox(OPERATOR)),
)
# A reader may have durable consumers of its own. Ours are not its to take from, nor to acknowledge, change or delete.
_READER = Permissions(
    publish=(
        _api("INFO"),
        _api("STREAM.INFO", STORIES.name),
        *(_api(f"CONSUMER.{call}", STORIES.name, ">") for call in ("CREATE", "INFO", "DELETE")),
        *(_api(f"CONSUMER.{call}", STORIES.name, "*") for call in ("DURABLE.CREATE", "MSG.NEXT")),
        f"$JS.ACK.{STORIES.name}.>",
    ),
    publish_never=tuple(
        subject
        for consumer in STORIES.consumers
        for subject in (
            _api("CONSUMER.*", STORIES.name, consumer.durable),
            _api("CONSUMER.*", STORIES.name, consumer.durable, ">"),
            _api("CONSUMER.*.*", STORIES.name, consumer.durable),
            f"$JS.ACK.{STORIES.name}.{consumer.durable}.>",
        )
    ),
    subscribe=(subjects.ALL_STORIES, _inbox(READER)),
)

USERS: Mapping[str, Permissions] = {
    "gateway": _GATEWAY,
    "generator": _GENERATOR,
    "store": _STORE,
    OPERATOR: _OPERATOR,
    READER: _READER,
}
