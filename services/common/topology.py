"""The streams as they have to be. One service declares them, every service checks them before it works."""

import asyncio
from collections.abc import Iterable
from enum import Enum

from nats.errors import NoRespondersError
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DiscardPolicy,
    RePublish,
    RetentionPolicy,
    StorageType,
    StreamConfig,
    StreamInfo,
    SubjectTransform,
)
from nats.js.errors import APIError, NotFoundError, ServiceUnavailableError

from contracts.streams import EPOCH, STREAMS, UPLOADS, UPLOADS_STREAM, ConsumerSpec, StreamSpec
from services.common.clock import NewId
from services.common.logging import Logger

_NEVER_WEAKER = ("max_msgs_per_subject", "no_ack", "persist_mode")  # every stream of ours has the defaults
_SETTINGS = (
    "storage",
    "discard",
    "retention",
    "subjects",
    "max_age",
    "max_msgs",
    "max_bytes",
    "republish",
    "subject_transform",
    "allow_direct",
    *_NEVER_WEAKER,
)


class WeakTopology(RuntimeError):
    """A stream is not what the promise needs."""


def stream_config(spec: StreamSpec, epoch: str) -> StreamConfig:
    """`spec` in the words of nats-py."""
    return StreamConfig(
        name=spec.name,
        subjects=[spec.captured],
        retention=RetentionPolicy.LIMITS,
        storage=StorageType(spec.storage),
        discard=DiscardPolicy(spec.discard),
        max_age=spec.max_age,
        max_msgs=-1,
        max_bytes=spec.max_bytes,
        subject_transform=SubjectTransform(src=spec.captured, dest=spec.subject),
        republish=RePublish(src=spec.subject, dest=spec.subject),
        allow_direct=True,
        metadata={EPOCH: epoch},
    )


def consumer_config(spec: ConsumerSpec) -> ConsumerConfig:
    """`spec` in the words of nats-py."""
    return ConsumerConfig(
        durable_name=spec.durable,
        filter_subjects=list(spec.filter_subjects),
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=spec.ack_wait,
        max_ack_pending=spec.max_ack_pending,
    )


async def declare(js: JetStreamContext, new_id: NewId) -> None:
    """Create or update every stream, durable consumer and bucket. A stream keeps its epoch for as long as it lives."""
    for spec in STREAMS:
        existing = await _find(js, spec.name)
        if existing is None:
            await js.add_stream(stream_config(spec, new_id()))
        else:
            await _update(js, spec, existing)
        for consumer in spec.consumers:
            await js.add_consumer(spec.name, consumer_config(consumer))
    try:
        await js.object_store(UPLOADS)
    except NotFoundError:
        await js.create_object_store(UPLOADS)


async def _update(js: JetStreamContext, spec: StreamSpec, existing: StreamInfo) -> None:
    try:
        await js.update_stream(stream_config(spec, epoch_of(existing)))
    except APIError:
        check(spec, existing)  # Some settings can not be changed: say which one it is.
        raise


async def wait(js: JetStreamContext, logger: Logger, pause: float = 0.1) -> str:
    """Wait until the store has declared everything, then check it. Returns the epoch. Raises WeakTopology."""
    said = False
    while True:
        try:
            infos = [await _find(js, name) for name in (*(spec.name for spec in STREAMS), UPLOADS_STREAM)]
        except (NotFoundError, ServiceUnavailableError, NoRespondersError, TimeoutError):
            infos = [None]
        if all(infos):
            break
        if not said:
            logger.info("waiting for the store to declare the streams")
            said = True
        await asyncio.sleep(pause)
    *streams, uploads = [info for info in infos if info is not None]
    for spec, info in zip(STREAMS, streams, strict=True):
        check(spec, info)
    check_uploads(uploads)
    return epoch_of(streams[0])


def check(spec: StreamSpec, info: StreamInfo) -> None:
    """Raise WeakTopology, naming the setting, when a stream is weaker than its spec."""
    _compare(info.config, stream_config(spec, epoch=""), _SETTINGS)


def check_uploads(info: StreamInfo) -> None:
    """Raise WeakTopology, naming the setting, when the bucket would forget a file that a story is to be made of."""
    wanted = StreamConfig(
        name=UPLOADS_STREAM,
        storage=StorageType.FILE,
        discard=DiscardPolicy.NEW,
        retention=RetentionPolicy.LIMITS,
        max_age=0,
        allow_direct=True,
    )
    _compare(info.config, wanted, ("storage", "discard", "retention", "max_age", "allow_direct", *_NEVER_WEAKER))


def _compare(config: StreamConfig, wanted: StreamConfig, settings: Iterable[str]) -> None:
    for setting in settings:
        found, value = getattr(config, setting), getattr(wanted, setting)
        if found != value:
            raise WeakTopology(
                f"stream {config.name}: {setting} is {_plain(found)}, it must be {_plain(value)}; "
                "mend it or delete the stream, and the store declares it anew at its next start"
            )


def _plain(setting: object) -> object:
    return setting.value if isinstance(setting, Enum) else setting


def epoch_of(info: StreamInfo) -> str:
    """The name of this life of the stream."""
    return (info.config.metadata or {}).get(EPOCH, "")


async def _find(js: JetStreamContext, stream: str) -> StreamInfo | None:
    try:
        return await js.stream_info(stream)
    except NotFoundError:
        return None
