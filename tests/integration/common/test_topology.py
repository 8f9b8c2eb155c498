import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
import structlog
from nats.js import JetStreamContext
from nats.js.api import (
    DiscardPolicy,
    PersistMode,
    RePublish,
    RetentionPolicy,
    StorageType,
    StreamInfo,
    SubjectTransform,
)

from contracts.streams import GENERATOR, LIVE, STORE, STORIES, STREAMS, UPLOADS, UPLOADS_STREAM, StreamSpec
from services.common import topology
from services.common.clock import new_id
from services.common.topology import WeakTopology, check, declare, epoch_of, stream_config
from tests.integration.common.conftest import connected
from tests.integration.common.wire import once, wire_to
from tests.servers import Server

LOGGER = structlog.stdlib.get_logger("storywire")


@asynccontextmanager
async def _jetstream(server: Server) -> AsyncIterator[JetStreamContext]:
    async with connected(server.url) as client:
        yield client.jetstream(timeout=5)


async def _infos(js: JetStreamContext) -> list[StreamInfo]:
    return [await js.stream_info(spec.name) for spec in STREAMS]


async def test_everything_declared_is_what_it_has_to_be(own_nats: Server) -> None:
    async with _jetstream(own_nats) as js:
        await declare(js, new_id)
        for spec, info in zip(STREAMS, await _infos(js), strict=True):
            check(spec, info)
            assert len(epoch_of(info)) == 26
        assert {info.name for info in await js.consumers_info(STORIES.name)} == {GENERATOR.durable, STORE.durable}
        assert (await js.object_store(UPLOADS)) is not None


async def test_declaring_again_changes_nothing_and_loses_nothing(own_nats: Server) -> None:
    async with _jetstream(own_nats) as js:
        await declare(js, new_id)
        before = await _infos(js)
        await js.publish(STORIES.captured.replace(">", "kept"), b"kept", stream=STORIES.name)
        await (await js.object_store(UPLOADS)).put("kept", b"kept")
        await declare(js, new_id)
        after = await _infos(js)
        assert [info.config for info in after] == [info.config for info in before]
        assert after[0].state.messages == 1
        assert (await (await js.object_store(UPLOADS)).get("kept")).data == b"kept"


async def test_an_epoch_outlives_the_server_but_not_the_stream(own_nats: Server) -> None:
    async with _jetstream(own_nats) as js:
        await declare(js, new_id)
        epoch = epoch_of(await js.stream_info(STORIES.name))
    own_nats.kill()
    own_nats.start()
    async with _jetstream(own_nats) as js:
        await declare(js, new_id)
        assert epoch_of(await js.stream_info(STORIES.name)) == epoch
        await js.delete_stream(STORIES.name)
        await declare(js, new_id)
        assert epoch_of(await js.stream_info(STORIES.name)) != epoch


async def test_declaring_mends_what_can_be_mended(own_nats: Server) -> None:
    async with _jetstream(own_nats) as js:
        await js.add_stream(replace(stream_config(STORIES, "kept"), discard=DiscardPolicy.OLD, max_age=60))
        await declare(js, new_id)
        info = await js.stream_info(STORIES.name)
        check(STORIES, info)
        assert epoch_of(info) == "kept"


async def test_declaring_names_what_can_not_be_mended(own_nats: Server) -> None:
    async with _jetstream(own_nats) as js:
        await js.add_stream(replace(stream_config(STORIES, "old"), storage=StorageType.MEMORY))
        with pytest.raises(WeakTopology, match="stream STORIES: storage is memory, it must be file"):
            await declare(js, new_id)


SPEC = StreamSpec("WEAK", "weak.>", storage="file", discard="new")
WEAKER: dict[str, dict[str, Any]] = {
    "storage": {"storage": StorageType.MEMORY},
    "discard": {"discard": DiscardPolicy.OLD},
    "subjects": {"subjects": ["write.weak.>", "elsewhere"]},
    "max_age": {"max_age": 60},
    "max_msgs": {"max_msgs": 1_000},
    "max_bytes": {"max_bytes": 1_000_000},
    "max_msgs_per_subject": {"max_msgs_per_subject": 1},
    "retention": {"retention": RetentionPolicy.INTEREST},
    "no_ack": {"no_ack": True},
    "persist_mode": {"persist_mode": PersistMode.ASYNC},
    "allow_direct": {"allow_direct": False},
    "republish": {"republish": None},
    "republish to elsewhere": {"republish": RePublish(src="weak.>", dest="elsewhere.>")},
    "subject_transform": {"subject_transform": None, "republish": None},
    "subject_transform to elsewhere": {"subject_transform": SubjectTransform(src="write.weak.>", dest="elsewhere.>")},
}


@pytest.mark.parametrize(("setting", "change"), WEAKER.items(), ids=WEAKER.keys())
async def test_a_stream_that_is_not_what_the_promise_needs_is_refused(
    js: JetStreamContext, setting: str, change: dict[str, Any]
) -> None:
    info = await js.add_stream(replace(stream_config(SPEC, "epoch"), **change))
    await js.delete_stream(SPEC.name)
    named = "republish|subject_transform" if "to elsewhere" in setting or "transform" in setting else setting
    with pytest.raises(WeakTopology, match=rf"stream WEAK: ({named}) is .*, it must be .*; mend it or delete"):
        check(SPEC, info)


async def test_a_bucket_that_forgets_its_files_is_refused(own_nats: Server) -> None:
    async with _jetstream(own_nats) as js:
        await declare(js, new_id)
        bucket = (await js.stream_info(UPLOADS_STREAM)).config
        await js.update_stream(replace(bucket, max_age=600))
        with pytest.raises(WeakTopology, match=f"stream {UPLOADS_STREAM}: max_age is 600.*, it must be 0"):
            await topology.wait(js, LOGGER)


async def test_live_text_makes_room_for_newer_and_is_never_refused(js: JetStreamContext) -> None:
    spec = replace(LIVE, name="SMALL", subject="small.>", max_bytes=20_000)
    await js.add_stream(stream_config(spec, "epoch"))
    for _ in range(100):
        last = await js.publish("write.small.text", bytes(1_000), stream=spec.name)
    state = (await js.stream_info(spec.name)).state
    await js.delete_stream(spec.name)
    assert last.seq == state.last_seq == 100
    assert state.bytes <= spec.max_bytes
    assert LIVE.max_age > 0
    assert LIVE.max_bytes > 0


async def test_a_service_waits_until_the_store_has_declared_everything(own_nats: Server) -> None:
    async with _jetstream(own_nats) as js:
        waiting = asyncio.create_task(topology.wait(js, LOGGER, pause=0.01))
        await js.add_stream(stream_config(STORIES, "first"))
        done, _ = await asyncio.wait({waiting}, timeout=0.1)
        assert not done, "one of the streams is not all of them"
        await declare(js, new_id)
        assert await asyncio.wait_for(waiting, timeout=30) == "first"


async def test_a_service_waits_on_whichever_of_its_looks_nats_goes_at(own_nats: Server) -> None:
    async with _jetstream(own_nats) as js:
        await declare(js, new_id)
        epoch = epoch_of(await js.stream_info(STORIES.name))

    def comes_back() -> None:
        own_nats.kill()
        own_nats.start()

    for look in count(1):
        async with wire_to(own_nats.url) as wire:
            wire.to_server = once(b"$JS.API.STREAM.INFO.", comes_back, at=look)
            async with connected(wire.url) as client:
                assert await topology.wait(client.jetstream(timeout=0.5), LOGGER, pause=0.01) == epoch
        if not wire.cuts:  # that was one look more than it takes
            break
    assert look > len(STREAMS) + 1


async def test_a_service_does_not_start_on_a_weak_stream(own_nats: Server) -> None:
    async with _jetstream(own_nats) as js:
        await declare(js, new_id)
        await js.update_stream(replace(stream_config(STORIES, "epoch"), discard=DiscardPolicy.OLD))
        with pytest.raises(WeakTopology, match="discard is old, it must be new"):
            await topology.wait(js, LOGGER)
