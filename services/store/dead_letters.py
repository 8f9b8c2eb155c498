"""Messages that no patience will ever get into the log: said, counted, and taken out of the way of the others."""

from nats.aio.msg import Msg

from services.common.logging import Logger
from services.store.metrics import Metrics, Reason


class DeadLetters:
    """Where they end. The stream still holds each one at its position."""

    def __init__(self, metrics: Metrics, logger: Logger) -> None:
        self._metrics = metrics
        self._logger = logger

    async def put(self, message: Msg, reason: Reason, why: str) -> None:
        """Take note of a message; `why` is a sentence without the message's content."""
        self._metrics.dead_letters.labels(reason).inc()
        position = message.metadata.sequence.stream
        self._logger.error(
            "a message cannot be stored", subject=message.subject, position=position, reason=reason, why=why
        )
