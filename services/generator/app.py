"""Composition root of the generator: wires settings, broker, model and handlers."""

import asyncio
import time
from collections.abc import Callable

from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, NatsMessage, PullSub
from faststream.nats.subscriber.usecases import LogicSubscriber
from nats.aio.msg import Msg
from nats.js.api import ConsumerConfig
from prometheus_client import CollectorRegistry

from contracts import subjects
from contracts.streams import GENERATOR, STORIES
from services.common import topology
from services.common.clock import Clock, NewId, new_id, now
from services.common.connection import REQUEST_TIMEOUT, answers, options
from services.common.health import serving
from services.common.history import History
from services.common.lifetime import stop_on_signals
from services.common.logging import configure
from services.common.write_guard import WriteGuard
from services.generator.attempt import Patience
from services.generator.deliveries import Deliveries
from services.generator.model import StoryModel
from services.generator.models.choice import choose
from services.generator.models.settings import ModelSettings
from services.generator.settings import GeneratorSettings
from services.generator.worker import Worker

SOURCE = "storywire/generator"


async def run(
    settings: GeneratorSettings,
    *,
    choose_model: Callable[[], StoryModel] = lambda: choose(ModelSettings()),
    stop: asyncio.Event | None = None,
    clock: Clock = now,
    ids: NewId = new_id,
) -> None:
    """Serve until `stop` is set, by default by SIGTERM or SIGINT."""
    stop = stop or stop_on_signals()
    logger = configure("generator", settings.log_level)
    registry = CollectorRegistry()
    broker = NatsBroker(**options("generator", settings.nats_url, logger, closed=stop.set), logger=None)
    client = await broker.connect()
    async with serving(settings.health_port, {"nats": lambda: answers(client)}, registry):
        await topology.wait(client.jetstream(timeout=REQUEST_TIMEOUT), logger)
        model = choose_model()
        guard = WriteGuard(client, SOURCE, ids, time.monotonic)
        patience = Patience(settings.model_tries, settings.model_retry_wait)
        worker = Worker(
            client=client,
            history=History(client),
            guard=guard,
            model=model,
            clock=clock,
            patience=patience,
            max_deliveries=settings.max_deliveries,
            logger=logger,
        )
        slots, heartbeat = settings.generator_concurrency, GENERATOR.ack_wait / 3
        deliveries = Deliveries(worker.work, slots, heartbeat, logger, registry)
        requests = subscribe(broker, deliveries, worker)
        await broker.start()
        keeping_alive = asyncio.create_task(deliveries.keep_alive())
        logger.info("generator works", model=model.name)
        await stop.wait()
        # First no more requests, or JetStream would deliver what is handed back to us again.
        await requests.stop()
        keeping_alive.cancel()
        await deliveries.hand_back()
        await broker.stop()
        await model.close()


def subscribe(broker: NatsBroker, deliveries: Deliveries, worker: Worker) -> LogicSubscriber[Msg]:
    """Say which messages reach which handler. Returns the subscriber that brings the requests."""
    requests = broker.subscriber(
        stream=JStream(STORIES.name, declare=False),
        durable=GENERATOR.durable,
        config=ConsumerConfig(filter_subjects=list(GENERATOR.filter_subjects)),
        pull_sub=PullSub(batch_size=1, timeout=5),
        ack_policy=AckPolicy.MANUAL,
    )

    @requests
    async def request(message: NatsMessage) -> None:
        await deliveries.take(message.raw_message)

    @broker.subscriber(subjects.CANCEL_REQUESTS)
    async def cancel(message: NatsMessage) -> None:
        story_id = subjects.parse_subject(message.raw_message.subject).story_id
        if not deliveries.cancel(story_id):
            await worker.cancel(story_id)

    return requests
