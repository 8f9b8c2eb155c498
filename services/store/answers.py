"""Queries over NATS: every one gets an answer, if only that the store could not serve it."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import pymongo
from faststream.nats import NatsBroker, NatsMessage
from pydantic import ValidationError
from pymongo.errors import PyMongoError

from contracts.events import Wire
from contracts.queries import ActivityQuery, EventsQuery, ListQuery, QueryFailed, StoryQuery
from contracts.subjects import QUERY_ACTIVITY, QUERY_EVENTS, QUERY_LIST, QUERY_STORY
from services.common.complaint import complaint
from services.common.connection import REQUEST_TIMEOUT
from services.common.logging import Logger
from services.store import database
from services.store.cursor import InvalidCursor
from services.store.queries import Queries

_QUEUE = "store"  # several stores share the queries
_AT_ONCE = 16  # queries of a kind in work; the others wait for their turn
_PATIENCE = REQUEST_TIMEOUT / 2  # for MongoDB; whoever asks waits for us no longer than REQUEST_TIMEOUT

Query = TypeVar("Query", bound=Wire)


class Answers:
    """Takes queries off NATS and puts the answers on it."""

    def __init__(self, broker: NatsBroker, queries: Queries, logger: Logger) -> None:
        self._broker = broker
        self._logger = logger
        self._subscribe(QUERY_STORY, StoryQuery, queries.story)
        self._subscribe(QUERY_LIST, ListQuery, queries.list)
        self._subscribe(QUERY_EVENTS, EventsQuery, queries.events)
        self._subscribe(QUERY_ACTIVITY, ActivityQuery, queries.activity)

    def _subscribe(self, subject: str, kind: type[Query], serve: Callable[[Query], Awaitable[Wire]]) -> None:
        @self._broker.subscriber(subject, queue=_QUEUE, decoder=_undecoded, max_workers=_AT_ONCE)
        async def answer(body: bytes) -> bytes:
            return self._fitting((await self._answer(kind, serve, body)).body())

    async def _answer(self, kind: type[Query], serve: Callable[[Query], Awaitable[Wire]], body: bytes) -> Wire:
        try:
            query = kind.model_validate_json(body, strict=True)
            with pymongo.timeout(_PATIENCE):
                return await serve(query)
        except ValidationError as error:
            at_fault = ".".join(map(str, error.errors()[0]["loc"])) or None
            return QueryFailed(error=f"not a {kind.__name__}: {complaint(error)}", field=at_fault)
        except InvalidCursor as error:
            return QueryFailed(error=str(error), field="before")
        except PyMongoError as error:
            self._logger.warning("MongoDB did not answer a query", query=kind.__name__, error=database.sentence(error))
            return QueryFailed(error="MongoDB did not answer the store; is it up? (MONGODB_URL)")
        except Exception:  # An exception would be silence for whoever asked.
            self._logger.exception("a query failed", query=kind.__name__)
            return QueryFailed(error="the store failed to answer; its log says why")

    def _fitting(self, reply: bytes) -> bytes:
        limit = self._broker.connection.max_payload
        if len(reply) <= limit:
            return reply
        return QueryFailed(error=f"the answer has {len(reply)} bytes, NATS takes {limit} (max_payload)").body()


async def _undecoded(message: NatsMessage) -> bytes:
    return message.body
