"""Uploads that became no story: their gateway died, or NATS went away, between the file and the story's first event."""

import asyncio
import json
from base64 import urlsafe_b64decode
from collections import Counter
from collections.abc import Callable

from contracts.ids import InvalidStoryId, story_id
from contracts.streams import STORIES, UPLOADS_CHUNKS, UPLOADS_METAS, UPLOADS_STREAM
from contracts.subjects import REQUESTS, parse_subject
from services.common.history import History
from services.common.logging import Logger
from services.common.stored import read, subjects_held
from services.common.uploads import purge, throw_away
from services.gateway.link import Link

_ID = 26  # characters of a story's id, with which the name of its file begins


class AbandonedUploads:
    """Throws away what has been seen without a story for `age` seconds on end.

    Every gateway may do so at the same time. A file is put before its story is asked for, and the asking is given up after
    seconds: with an age of minutes nothing can be on its way any more. What was seen before an outage does not count.
    """

    def __init__(
        self, link: Link, history: History, logger: Logger, monotonic: Callable[[], float], age: float
    ) -> None:
        self._link = link
        self._history = history
        self._logger = logger
        self._monotonic = monotonic
        self._age = age
        self._since: dict[str, float] = {}

    async def sweep_for_ever(self) -> None:
        """Look every now and then."""
        while True:
            await asyncio.sleep(self._age / 2)
            await self.sweep()

    async def sweep(self) -> None:
        """Look once."""
        try:
            self._link.require()
            now = self._monotonic()
            self._since = {subject: self._since.get(subject, now) for subject in await self._suspects()}
            for subject in [subject for subject, since in self._since.items() if now - since >= self._age]:
                await self._judge(subject)
        except Exception as error:  # noqa: BLE001 - whatever it was, there is a next time
            self._since.clear()
            self._logger.warning("could not look for abandoned uploads; trying again later", error=error)

    async def _suspects(self) -> set[str]:
        """The subjects, in the bucket, of files whose story is not known, or has two, and of pieces that are no file's."""
        client = self._link.client
        pieces = await subjects_held(client, UPLOADS_STREAM, UPLOADS_CHUNKS + ">")
        files = await subjects_held(client, UPLOADS_STREAM, UPLOADS_METAS + ">")
        known = {parse_subject(subject).story_id for subject in await subjects_held(client, STORIES.name, REQUESTS[0])}
        owners = Counter(_name(subject)[:_ID] for subject in files)
        suspects = {subject for subject in files if (owner := _name(subject)[:_ID]) not in known or owners[owner] > 1}
        if len(pieces) != len(files):  # They are never empty: each has its pieces, and all on one subject.
            suspects |= pieces - await self._pieces()
        return suspects

    async def _pieces(self) -> set[str]:
        """The subjects of the pieces of all files."""
        files = read(self._link.client, UPLOADS_STREAM, UPLOADS_METAS + ">")
        return {UPLOADS_CHUNKS + json.loads(message.body)["nuid"] async for message in files}

    async def _judge(self, subject: str) -> None:
        """Throw away what lies on the subject, unless it is some story's file after all."""
        if subject.startswith(UPLOADS_METAS):
            name = _name(subject)
            try:
                story = (await self._history.head(story_id(name[:_ID]))).state
            except InvalidStoryId:
                return  # None of ours.
            if story is not None and story.file.object == name:
                return
            await throw_away(self._link.client, subject)
        else:
            await purge(self._link.client, subject)
        self._logger.info("threw away an abandoned upload", subject=subject)


def _name(subject: str) -> str:
    return urlsafe_b64decode(subject.removeprefix(UPLOADS_METAS)).decode()
