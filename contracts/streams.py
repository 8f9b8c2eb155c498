"""Specs of the JetStream streams, durable consumers and buckets. The store declares them; everybody else checks them."""

from dataclasses import dataclass, field
from typing import Literal

from contracts.limits import LONGEST_LIFE
from contracts.subjects import ALL_DEAD, ALL_LIVE, ALL_REVOKED, ALL_STORIES, REQUESTS, WRITE


@dataclass(frozen=True)
class ConsumerSpec:
    """A durable pull consumer with explicit acks."""

    durable: str
    filter_subjects: tuple[str, ...]
    ack_wait: float = field(metadata={"unit": "seconds"})
    max_ack_pending: int


@dataclass(frozen=True)
class StreamSpec:
    """A stream that captures `write.<subject>`, stores it as `<subject>` and republishes what it stored there.

    What is heard on `<subject>` has therefore been committed; a refused publish is heard nowhere.
    """

    name: str
    subject: str
    storage: Literal["file"]
    discard: Literal["new", "old"]
    max_age: float = field(default=0, metadata={"unit": "seconds, 0 for no end"})
    max_bytes: int = field(default=-1, metadata={"unit": "bytes, -1 for no limit"})
    consumers: tuple[ConsumerSpec, ...] = ()

    @property
    def captured(self) -> str:
        """What writers publish to."""
        return WRITE + self.subject


# A consumer that is killed may have been handed a message in its last instant; nobody else gets it before ack_wait is over.
# Both say `in_progress` while they work, so ack_wait need not cover the work.
GENERATOR = ConsumerSpec("generator", filter_subjects=REQUESTS, ack_wait=10, max_ack_pending=1_000)
STORE = ConsumerSpec("store", filter_subjects=(ALL_STORIES,), ack_wait=5, max_ack_pending=5_000)

STORIES = StreamSpec("STORIES", ALL_STORIES, storage="file", discard="new", consumers=(GENERATOR, STORE))
# On file like the log: a stream in memory is gone, definition and all, when its server restarts in mid-story. It empties
# by age and not at a story's end, since viewers who come back just then are still owed its last pieces; max_bytes keeps a
# rush of stories from taking the log's disk.
LIVE = StreamSpec("LIVE", ALL_LIVE, storage="file", discard="old", max_age=3_600, max_bytes=1024**3)
# One letter a subject. For good: nobody but a person takes one away.
DEAD_LETTERS = StreamSpec("DEAD_LETTERS", ALL_DEAD, storage="file", discard="new")
# For as long as what was revoked would have held. When it is full, nothing more can be revoked: better than to forget one.
REVOCATIONS = StreamSpec(
    "REVOCATIONS", ALL_REVOKED, storage="file", discard="new", max_age=LONGEST_LIFE, max_bytes=64 * 1024**2
)
STREAMS = (STORIES, LIVE, DEAD_LETTERS, REVOCATIONS)

UPLOADS = "uploads"  # Object Store bucket: the files as they were uploaded, by the story's id
UPLOADS_STREAM = f"OBJ_{UPLOADS}"  # how the Object Store lays a bucket out (NATS ADR-20)
UPLOADS_CHUNKS = f"$O.{UPLOADS}.C."
UPLOADS_METAS = f"$O.{UPLOADS}.M."
EPOCH = "storywire-epoch"  # key in a stream's metadata: names one life of the stream
