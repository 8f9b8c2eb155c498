"""The store owns the streams: it declares them before anybody works."""

import asyncio
from typing import NamedTuple

from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.errors import BadRequestError

from contracts.streams import STORIES, STREAMS, UPLOADS_STREAM
from services.common import topology
from services.common.clock import NewId
from services.common.logging import Logger

_PAUSE = 0.5  # seconds between tries


class Life(NamedTuple):
    """One life of the stream of stories, and the position it had reached when we looked."""

    epoch: str
    position: int


async def declare(js: JetStreamContext, new_id: NewId, logger: Logger) -> Life:
    """Declare everything, for as long as it takes NATS to be there. Raises WeakTopology."""
    said = ""
    while True:
        try:
            return await _declare(js, new_id)
        except (NatsError, TimeoutError) as error:
            if said != repr(error):
                logger.warning("waiting for JetStream; is it enabled? (NATS_URL)", error=error)
                said = repr(error)
        await asyncio.sleep(_PAUSE)


async def _declare(js: JetStreamContext, new_id: NewId) -> Life:
    try:
        await topology.declare(js, new_id)
    except BadRequestError:
        # Either another store declares at this moment, or a stream stands there that cannot become what it has to be.
        await _check(js)
        raise
    await _check(js)
    return await look(js)


async def _check(js: JetStreamContext) -> None:
    for spec in STREAMS:
        topology.check(spec, await js.stream_info(spec.name))
    topology.check_uploads(await js.stream_info(UPLOADS_STREAM))


async def look(js: JetStreamContext) -> Life:
    """The stream as it is now. Raises nats' errors, NotFoundError when it is gone."""
    info = await js.stream_info(STORIES.name)
    return Life(topology.epoch_of(info), info.state.last_seq)
