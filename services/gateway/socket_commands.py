"""What clients ask for over Socket.IO. Every command is acknowledged, whatever happens."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

from pydantic import ValidationError

from contracts.session import Renewed
from contracts.socket import (
    CANCEL,
    JOIN,
    LEAVE,
    RETRY,
    Ack,
    CancelRequest,
    Done,
    Fault,
    JoinAck,
    JoinRequest,
    LeaveRequest,
    Refusal,
    RenewRequest,
    Request,
    RetryRequest,
)
from contracts.subjects import RENEW
from services.common.logging import Logger
from services.gateway.access import Access
from services.gateway.commands import Commands, cancel, retry, retry_by_force
from services.gateway.identity import Reader
from services.gateway.metrics import Metrics
from services.gateway.raw_json import RawJson
from services.gateway.refusal import RETRY_AFTER, Refused, internal, invalid
from services.gateway.rooms import Rooms
from services.gateway.socket_server import SocketServer

_COMMANDS = (JOIN, LEAVE, CANCEL, RETRY, RENEW)

Asked = TypeVar("Asked", bound=Request)
Command = Callable[[str, Asked], Awaitable[Ack]]


class SocketCommands:
    """Takes the commands of all sockets."""

    def __init__(
        self,
        server: SocketServer,
        doors: Access,
        rooms: Rooms,
        commands: Commands,
        *,
        joins: int,
        metrics: Metrics,
        logger: Logger,
    ) -> None:
        self._commands = commands
        self._server = server
        self._sessions = doors.sessions
        self._shares = doors.shares
        self._joins = joins
        self._rooms = rooms
        self._metrics = metrics
        self._logger = logger

    def register(self) -> None:
        """From here on sockets are answered."""
        self._server.welcome(self._sessions.begin, self._gone)
        self._answer(JOIN, JoinRequest, self._join)
        self._answer(LEAVE, LeaveRequest, self._leave)
        self._answer(CANCEL, CancelRequest, self._cancel)
        self._answer(RETRY, RetryRequest, self._retry)
        self._answer(RENEW, RenewRequest, self._renew)
        self._server.answer("*", self._unknown)

    async def show_out(self, sid: str) -> None:
        """A socket whose token holds no longer hears nothing more."""
        try:
            await self._gone(sid)
        finally:
            await self._server.end(sid)

    async def _gone(self, sid: str) -> None:
        self._sessions.end(sid)
        await self._rooms.gone(sid)

    async def _join(self, sid: str, asked: JoinRequest) -> Ack:
        if self._rooms.is_full(sid, asked.story_id, self._joins):
            message = f"A socket may watch {self._joins} stories at once; leave one. (JOINS_PER_SOCKET)"
            raise Refused(429, "too_many_joins", message, limit=self._joins, retry_after=RETRY_AFTER)
        link = await self._shares.follow(asked.share)
        user = self._sessions.user(sid)
        reader = Reader(user, linked=link.user if link else None)
        story, begin = await self._rooms.join(sid, self._server.outbox(sid), reader, asked.story_id, asked.after)
        self._sessions.watches(sid, asked.story_id, link if story.state.owner != user else None)
        self._server.after_ack(sid, begin)
        return JoinAck(
            story=story.state,
            sequence=story.sequence,
            live=story.reading.live_text,
            epoch=story.reading.epoch,
            epoch_changed=asked.epoch not in (None, story.reading.epoch),
        )

    async def _renew(self, sid: str, asked: RenewRequest) -> Ack:
        identity = await self._sessions.renew(sid, asked.token)
        return Renewed(expires_at=datetime.fromtimestamp(identity.expires, UTC))

    async def _leave(self, sid: str, asked: LeaveRequest) -> Ack:
        self._sessions.leaves(sid, asked.story_id)
        await self._rooms.leave(sid, asked.story_id)
        return Done()

    async def _cancel(self, sid: str, asked: CancelRequest) -> Ack:
        await self._commands.obey(self._sessions.user(sid), asked.story_id, cancel)
        return Done()

    async def _retry(self, sid: str, asked: RetryRequest) -> Ack:
        decide = retry_by_force if asked.force else retry
        await self._commands.obey(self._sessions.user(sid), asked.story_id, decide)
        return Done()

    async def _unknown(self, command: object, _sid: str, *_: object) -> RawJson:
        fault = Fault(
            code="unknown_command",
            message=f"There is no command {str(command)[:40]!r}; there are {', '.join(_COMMANDS)}.",
        )
        return _spoken(Refusal(error=fault))

    def _answer(self, name: str, kind: type[Asked], command: Command[Asked]) -> None:
        async def handler(sid: str, *arguments: object) -> RawJson:
            try:
                ack = await command(sid, _parse(kind, arguments))
                outcome = "ok"
            except Refused as refused:
                ack, outcome = Refusal(error=refused.fault), refused.fault.code
            except Exception:
                self._logger.exception("socket command failed", command=name)
                ack, outcome = Refusal(error=internal().fault), "internal"
            self._metrics.command(name, outcome)
            return _spoken(ack)

        self._server.answer(name, handler)


def _spoken(ack: Ack) -> RawJson:
    return RawJson(ack.model_dump_json())


def _parse(kind: type[Asked], arguments: tuple[object, ...]) -> Asked:
    """The one payload of a command, taken strictly. Raises Refused."""
    if len(arguments) != 1 or not isinstance(arguments[0], dict):
        raise Refused(422, "payload_invalid", "Send one object, { storyId } for one.")
    try:
        return kind.model_validate(arguments[0])
    except ValidationError as error:
        raise invalid("payload_invalid", error) from error
