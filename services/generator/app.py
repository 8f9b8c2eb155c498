"""Composition root of the generator: wires settings, broker, model and handlers."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, NatsMessage, PullSub
from faststream.nats.subscriber.usecases import LogicSubscriber
from faststream.security import BaseSecurity
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import ConsumerConfig
from prometheus_client import CollectorRegistry

from contracts import subjects
from contracts.streams import GENERATOR, STORIES
from services.common import durability, topology
from services.common.clock import Clock, NewId, new_id, now
from services.common.connection import REQUEST_TIMEOUT, Closed, answers, close, options, tls
from services.common.dead_letters import DeadLetters
from services.common.health import Check, serving
from services.common.history import History
from services.common.lifetime import going_on, serve_until, stop_on_signals
from services.common.logging import Logger, configure
from services.common.requeue import requeueing
from services.common.write_guard import WriteGuard
from services.generator.attempt import Patience
from services.generator.deliveries import Deliveries, said
from services.generator.model import StoryModel
from services.generator.models.choice import choose
from services.generator.models.settings import ModelSettings
from services.generator.settings import GeneratorSettings
from services.generator.worker import Worker

SOURCE = "storywire/generator"


async def run(settings: GeneratorSettings) -> None:
    """Run the generator until SIGTERM or SIGINT. Raises what `generator` raises."""
    stop = stop_on_signals()
    logger = configure("generator", settings.log_level)
    await serve_until(stop, generator(settings, logger, lambda: choose(ModelSettings()), closed=stop.because))


@asynccontextmanager
async def generator(
    settings: GeneratorSettings,
    logger: Logger,
    choose_model: Callable[[], StoryModel],
    *,
    closed: Closed = lambda _: None,
    clock: Clock = now,
    ids: NewId = new_id,
) -> AsyncIterator[None]:
    """A generator that works while the body runs. Waits for NATS and for the streams to be there.

    `closed` is called when NATS is lost for good, or refuses us. Raises ModelNotReadyError, NotAllowed, WeakDurability, WeakTopology.
    """
    async with AsyncExitStack() as stack:
        registry = CollectorRegistry()
        model = choose_model()
        stack.push_async_callback(model.close)
        ending = asyncio.Event()
        broker = NatsBroker(
            **options("generator", settings, logger, lambda reason: ending.is_set() or closed(reason)),
            security=BaseSecurity(tls(settings)),
            logger=None,
        )
        working = asyncio.Event()
        client = Client()
        checks: dict[str, Check] = {"nats": lambda: answers(client), "working": partial(_is_set, working)}
        await stack.enter_async_context(serving(settings.health_port, checks, registry))
        client = await broker.connect()
        stack.push_async_callback(close, client)
        stack.callback(ending.set)
        await durability.check(settings.nats_monitor_url, logger)
        await topology.wait(client.jetstream(timeout=REQUEST_TIMEOUT), logger)

        worker = Worker(
            client=client,
            history=History(client),
            guard=WriteGuard(client, SOURCE, ids, time.monotonic),
            model=model,
            clock=clock,
            patience=Patience(settings.model_tries, settings.model_retry_wait),
            max_deliveries=settings.max_deliveries,
            logger=logger,
        )
        slots, heartbeat = settings.generator_concurrency, GENERATOR.ack_wait / 3
        deliveries = Deliveries(
            worker,
            DeadLetters(client, "generator", clock, registry, logger),
            slots=slots,
            heartbeat=heartbeat,
            logger=logger,
            registry=registry,
        )
        stack.push_async_callback(deliveries.hand_back)
        requests = subscribe(broker, deliveries, worker)
        # Before work is handed back no more is taken, or JetStream would deliver it to us again.
        stack.push_async_callback(requests.stop)
        await broker.start()
        await stack.enter_async_context(requeueing(client, "generator", deliveries.requeue, logger))
        await stack.enter_async_context(going_on(deliveries.keep_alive()))
        working.set()
        model.prepare()  # not sooner: a start has better use for the processor
        logger.info("generator works", model=model.name)
        yield


async def _is_set(event: asyncio.Event) -> bool:
    return event.is_set()


def subscribe(broker: NatsBroker, deliveries: Deliveries, worker: Worker) -> LogicSubscriber[Msg]:
    """Say which messages reach which handler. Returns the subscriber that brings the requests."""
    requests = broker.subscriber(
        stream=JStream(STORIES.name, declare=False),
        durable=GENERATOR.durable,
        config=ConsumerConfig(filter_subjects=list(GENERATOR.filter_subjects)),
        pull_sub=PullSub(batch_size=1, timeout=5),
        inbox_prefix=f"{subjects.inbox_of('generator')}.".encode(),  # FastStream has one of its own
        ack_policy=AckPolicy.MANUAL,
    )

    @requests
    async def request(message: NatsMessage) -> None:
        await deliveries.take(message.raw_message)

    @broker.subscriber(subjects.CANCEL_REQUESTS)
    async def cancel(message: NatsMessage) -> None:
        if (found := said(message.raw_message)) is not None:
            _, wished = found
            if not deliveries.cancel(wished.story_id, wished.sequence):
                await worker.cancel(wished.story_id)

    return requests
