"""The official Socket.IO client, in its own process, told what to do from here."""

import json
import queue
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

_CLIENT = Path(__file__).with_name("client.mjs")
DEADLINE = 100.0
TERMINAL = ("story:processing:complete", "story:processing:error", "story:processing:cancelled")

Happening = Mapping[str, Any]


@dataclass(frozen=True)
class Seen:
    """An event as it reached the page."""

    event: str
    data: dict[str, Any]

    @property
    def sequence(self) -> int:
        sequence: int = self.data["sequence"]
        return sequence


class SocketClient:
    """Use it in `with`: it is connected then. `happenings` are all that came so far, in order of arrival."""

    def __init__(self, node: Path, gateway: str, token: str, *transports: str) -> None:
        self.happenings: list[Happening] = []
        self._arrived = queue.Queue[Happening]()
        self._complaints = list[str]()
        pipe = subprocess.PIPE
        self._node = subprocess.Popen(
            [node, _CLIENT, gateway, token, *transports], stdin=pipe, stdout=pipe, stderr=pipe, text=True
        )
        self._readers = [threading.Thread(target=reader) for reader in (self._hear, self._hear_complaints)]

    def __enter__(self) -> Self:
        for reader in self._readers:
            reader.start()
        self.until(lambda happening: "connected" in happening)
        return self

    def __exit__(self, *_: object) -> None:
        self._node.kill()
        self._node.wait()
        for reader in self._readers:
            reader.join()
        for stream in (self._node.stdin, self._node.stdout, self._node.stderr):
            assert stream
            stream.close()

    def submit(self, text: str, title: str, **fields: str) -> str:
        """Upload a text; give the id of its story."""
        self._tell("submit", {"text": text, "title": title, **fields})
        submitted = self._outcome("submitted")
        assert submitted["status"] == 202, submitted
        story_id: str = submitted["body"]["storyId"]
        return story_id

    def join(self, story_id: str, after: int = 0) -> dict[str, Any]:
        """Watch the story; give the ack."""
        self._tell("join", {"storyId": story_id, "after": after})
        return self._outcome("joined")

    def leave(self, story_id: str) -> dict[str, Any]:
        """Watch it no longer; give the ack."""
        self._tell("leave", {"storyId": story_id})
        return self._outcome("left")

    def story(self, text: str, title: str) -> list[Seen]:
        """Upload a text and watch its story to the end; give all its events."""
        story_id = self.submit(text, title)
        ack = self.join(story_id)
        assert ack["ok"], ack
        return self.to_the_end(story_id)

    def to_the_end(self, story_id: str) -> list[Seen]:
        """Wait for the story's last event, leave, and give all its events: what came twice or too late is among them."""
        self.until_event(lambda seen: seen.event in TERMINAL, story_id)
        assert self.leave(story_id) == {"ok": True}
        return self.events(story_id)

    def events(self, story_id: str) -> list[Seen]:
        """The story's committed events that came so far."""
        told = [Seen(**happening) for happening in self.happenings if "event" in happening]
        return [seen for seen in told if seen.data["storyId"] == story_id and "sequence" in seen.data]

    def until_event(self, wanted: Callable[[Seen], bool], story_id: str) -> None:
        """Wait until such an event of the story has come."""
        if not any(map(wanted, self.events(story_id))):
            self.until(lambda _: any(map(wanted, self.events(story_id))))

    def until(self, wanted: Callable[[Happening], bool]) -> Happening:
        """Wait for something that has not come yet; give it."""
        deadline = time.monotonic() + DEADLINE
        while True:
            try:
                happening = self._arrived.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"it never came; what came: {self.happenings} {self._complaints}") from None
            self.happenings.append(happening)
            assert "ended" not in happening, f"the client ended: {self.happenings} {self._complaints}"
            if wanted(happening):
                return happening

    def _outcome(self, name: str) -> dict[str, Any]:
        outcome: dict[str, Any] = self.until(lambda happening: name in happening)[name]
        return outcome

    def _tell(self, command: str, payload: dict[str, Any]) -> None:
        assert self._node.stdin
        self._node.stdin.write(json.dumps({command: payload}) + "\n")
        self._node.stdin.flush()

    def _hear(self) -> None:
        assert self._node.stdout
        for line in self._node.stdout:
            self._arrived.put(json.loads(line))
        self._arrived.put({"ended": self._node.poll()})

    def _hear_complaints(self) -> None:
        assert self._node.stderr
        self._complaints.extend(self._node.stderr)
