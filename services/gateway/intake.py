"""From a submission to a story's first event."""

import asyncio
from contextlib import suppress

from nats.errors import Error as NatsError
from nats.js.object_store import ObjectStore

from contracts.events import File, Requested
from contracts.streams import UPLOADS
from services.common.clock import Clock, NewId
from services.common.connection import REQUEST_TIMEOUT
from services.common.history import Head, History
from services.common.logging import Logger, correlation
from services.common.stored import Unreadable
from services.common.write_guard import Conflict, TooLarge, Unwritable, WriteGuard
from services.gateway.idempotency import HEADER, story_id_of
from services.gateway.link import Link
from services.gateway.refusal import Refused, unavailable
from services.gateway.submission import Submission

PATIENCE = 5.0  # seconds that a request waits for NATS to take its event
UPLOAD_TIMEOUT = 15.0  # seconds to put a file into the bucket


class Intake:
    """Accepts stories. What it answers for is in the log; what it refuses was never there."""

    def __init__(
        self, link: Link, history: History, guard: WriteGuard, clock: Clock, new_id: NewId, *, logger: Logger
    ) -> None:
        self._link = link
        self._history = history
        self._guard = guard
        self._clock = clock
        self._new_id = new_id
        self._logger = logger

    async def accept(self, owner: str, submission: Submission, key: str | None) -> str:
        """The id of the story, once it is asked for and cannot be lost. Raises Refused."""
        self._link.require()
        if key is None:
            return await self._begin(Head(self._new_id()), owner, submission)
        head = await self._head(story_id_of(owner, key))
        if head.state is not None or head.deleted:
            return _repeated(head, submission)
        return await self._begin(head, owner, submission)

    async def _begin(self, head: Head, owner: str, submission: Submission) -> str:
        file = await self._put(head.story_id, submission)
        event = Requested(
            story_id=head.story_id,
            sequence=head.next_sequence,
            timestamp=self._clock(),
            title=submission.title,
            prompt=submission.prompt,
            file=file,
            owner=owner,
        )
        try:
            written = await self._guard.append(head, event, patience=PATIENCE)
        except Conflict:
            # The same request, sent twice at once: the other one was first, and its file stands under another name.
            await self._discard(file)
            return _repeated(await self._head(head.story_id), submission)
        except (Unwritable, TooLarge) as error:
            raise unavailable(f"{error} Send it again with the same {HEADER}, so that it is asked for once.") from error
        self._logger.info("a story was asked for", story_id=head.story_id, **correlation(written.envelope))
        return head.story_id

    async def _head(self, story_id: str) -> Head:
        try:
            return await self._history.head(story_id)
        except Unreadable as error:
            raise unavailable(f"Whether this was asked for before cannot be told now: {error}") from error

    async def _put(self, story_id: str, submission: Submission) -> File:
        """Keep the file under a name that nobody else writes to, so that no file is ever overwritten."""
        name = f"{story_id}-{self._new_id()}"
        try:
            async with asyncio.timeout(UPLOAD_TIMEOUT):
                await (await self._bucket()).put(name, submission.content)
        except (NatsError, TimeoutError) as error:
            raise unavailable("NATS did not take the file; try again in a moment. (NATS_URL)") from error
        return File(name=submission.filename, size=len(submission.content), digest=submission.digest, object=name)

    async def _discard(self, file: File) -> None:
        with suppress(NatsError, TimeoutError):  # One that stays is in nobody's way.
            await (await self._bucket()).delete(file.object)

    async def _bucket(self) -> ObjectStore:
        return await self._link.client.jetstream(timeout=REQUEST_TIMEOUT).object_store(UPLOADS)


def _repeated(head: Head, submission: Submission) -> str:
    """The id of the story that was accepted for the same key, if it was for the same submission. Raises Refused."""
    accepted = head.state
    if head.deleted:
        message = "The story that this key asked for was deleted. Take a new key for a new story."
        raise Refused(409, "story_deleted", message, field=HEADER)
    if accepted is None:
        raise unavailable("What was asked for before cannot be read now; try again in a moment.")
    before = (accepted.file.digest, accepted.title, accepted.prompt)
    if before != (submission.digest, submission.title, submission.prompt):
        raise Refused(
            409,
            "idempotency_key_reused",
            "This key was used for another file, title or prompt. Take a new key for a new story.",
            field=HEADER,
        )
    return accepted.story_id
