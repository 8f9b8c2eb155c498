"""Those who ask for stories, and cancel, retry and delete some of them, over HTTP; every answer goes into the ledger."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, NamedTuple, Self

import aiohttp

from tests import tokens
from tests.chaos.assignment import Assignment
from tests.chaos.ledger import Answer, Ledger, Sight, Submitted
from tests.chaos.reader import read
from tests.chaos.viewer import Viewer

_TIMEOUT = aiohttp.ClientTimeout(total=10)
_LATER = 429  # everybody here is one user, and a store that was killed is behind in what has ended
_PATIENCE = 90.0  # seconds that one thing is asked for again and again, and that an end is waited for
_LOOK = 0.1


class Reply(NamedTuple):
    """An answer over HTTP; `status` is 0 when none came."""

    status: int
    body: Any = None

    @property
    def is_unknown(self) -> bool:
        """Whether it may have been done all the same."""
        return self.status == 0 or self.status >= 500

    @property
    def code(self) -> str:
        return str(self.body.get("error", {}).get("code", "")) if isinstance(self.body, dict) else ""


class Author:
    """Asks, and sees to it that somebody looks."""

    def __init__(self, address: str, watched: str, ledger: Ledger, viewers: Sequence[Viewer], chance: Random) -> None:
        self._address = address
        self._watched = watched
        self._ledger = ledger
        self._viewers = viewers
        self._chance = chance
        self.commands = False
        """Whether stories can be cancelled, retried and deleted."""

    async def __aenter__(self) -> Self:
        # A connection for each request: the relay gives each to either gateway.
        self._http = aiohttp.ClientSession(
            timeout=_TIMEOUT,
            connector=aiohttp.TCPConnector(force_close=True, limit=0),
            headers=tokens.bearer(tokens.token()),
            trust_env=False,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()

    async def post(self, path: str, form: Mapping[str, str] | None = None, file: bytes = b"", key: str = "") -> Reply:
        """POST once."""
        body = aiohttp.FormData(dict(form)) if form is not None else None
        if body is not None:
            body.add_field("file", file, filename="story.txt", content_type="text/plain")
        headers = {"Idempotency-Key": key} if key else {}
        return await self._ask("POST", path, data=body, headers=headers)

    async def get(self, path: str) -> bytes | None:
        """The body of a 200; None when something else is answered."""
        try:
            async with self._http.get(self._address + path) as answer:
                return await answer.read() if answer.status == 200 else None
        except (aiohttp.ClientError, TimeoutError, OSError):
            return None

    async def _ask(self, method: str, path: str, **request: Any) -> Reply:
        try:
            async with self._http.request(method, self._address + path, **request) as answer:
                reply = Reply(answer.status, await answer.json(content_type=None))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            reply = Reply(0)
        self._ledger.counts[f"HTTP {reply.status or 'without an answer'} {reply.code}".strip()] += 1
        return reply

    async def tell(self, assignment: Assignment) -> None:
        """Ask for a story and follow it to its end."""
        submitted = self._ledger.submitted[assignment.number] = Submitted(assignment)
        story = await self._submit(submitted)
        if story is None:
            return
        sights = [self._watch(story, assignment)]
        library = asyncio.create_task(self._look_otherwise(story, assignment, sights))
        if self.commands and assignment.cancel_after is not None:
            await asyncio.sleep(assignment.cancel_after)
            await self._command("cancel", story, submitted)
        if self.commands and assignment.forget_after is not None:
            await asyncio.sleep(assignment.forget_after)
            await self._command("delete", story, submitted)
        await _ended(sights[0][1], 1)
        if self.commands and assignment.retried and sights[0][1].ends:
            await self._retry(story, submitted, sights[0][1])
        await library
        await self._release(sights, submitted)

    async def _submit(self, submitted: Submitted) -> str | None:
        """The story's id; None when nobody knows whether there is a story."""
        once = submitted.assignment.twice_at_once
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            replies = await asyncio.gather(*(self._submit_once(submitted) for _ in range(2 if once else 1)))
            if accepted := [reply.body["storyId"] for reply in replies if reply.status == 202]:
                return str(accepted[0])
            if submitted.assignment.abandoned and submitted.unknown:
                return None
            await asyncio.sleep(self._chance.uniform(0.2, 0.8))
        return None

    async def _submit_once(self, submitted: Submitted) -> Reply:
        asked = submitted.assignment
        form = {"title": asked.title} | ({"prompt": asked.prompt} if asked.prompt else {})
        submitted.tried += 1
        reply = await self.post("/api/stories", form, asked.source.encode(), asked.key)
        if reply.status == 202:
            submitted.ids.add(reply.body["storyId"])
        elif reply.is_unknown:
            submitted.unknown += 1
        elif reply.status != _LATER:
            self._ledger.violation("refused", asked.title, "202, 429 or 503", reply)
        return reply

    def _watch(self, story: str, assignment: Assignment) -> tuple[Viewer, Sight]:
        viewer = self._chance.choice(self._viewers)
        sight = Sight(viewer.name, story, assignment)
        viewer.watch(sight)
        return viewer, sight

    async def _look_otherwise(self, story: str, assignment: Assignment, sights: list[tuple[Viewer, Sight]]) -> None:
        """Somebody who comes late, or somebody who uses the library; each sees all of it."""
        if assignment.late is not None:
            await asyncio.sleep(assignment.late)
            viewer = self._chance.choice([one for one in self._viewers if one is not sights[0][0]])
            sights.append((viewer, Sight(viewer.name, story, assignment)))
            viewer.watch(sights[-1][1])
        elif not assignment.retried and assignment.forget_after is None and self._chance.random() < 0.3:
            sight = Sight("library", story, assignment, whole=False)
            await read(self._watched, sight, self._ledger, _PATIENCE)

    async def _command(self, command: str, story: str, submitted: Submitted) -> str:
        """Ask until there is an answer. An answer that was lost is unknown; what it was shows in the log."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            path = f"/api/stories/{story}"
            reply = await (self._ask("DELETE", path) if command == "delete" else self.post(f"{path}/{command}"))
            outcome = "unknown" if reply.is_unknown else "acknowledged" if reply.status < 300 else "refused"
            submitted.answers.append(Answer(command, outcome, time.time()))
            if not reply.is_unknown:
                if reply.status not in (202, 204, 409):
                    self._ledger.violation("refused", story, f"{command}: 202, 204, 409 or 503", reply)
                return outcome
            await asyncio.sleep(self._chance.uniform(0.2, 0.8))
        return "unknown"

    async def _retry(self, story: str, submitted: Submitted, sight: Sight) -> None:
        ends = sight.ends
        outcome = await self._command("retry", story, submitted)
        if outcome == "acknowledged" or submitted.count("retry", "unknown"):
            # Refused after an unknown answer: already complete, or the first one was written after all.
            await _ended(sight, ends + 1, _PATIENCE if outcome == "acknowledged" else 15)

    async def _release(self, sights: list[tuple[Viewer, Sight]], submitted: Submitted) -> None:
        await asyncio.gather(*(_ended(sight, sights[0][1].ends) for _, sight in sights))
        for viewer, sight in sights:
            # Else somebody keeps looking till the end.
            if sight.gone or (sight.ends and not submitted.count("retry", "unknown")):
                viewer.release(sight.story)


async def _ended(sight: Sight, ends: int, patience: float = _PATIENCE) -> None:
    """Return when so many ends have been seen, or patience is over: the verdict will tell why."""
    deadline = time.monotonic() + patience
    while sight.ends < ends and not sight.gone and time.monotonic() < deadline:
        await asyncio.sleep(_LOOK)
