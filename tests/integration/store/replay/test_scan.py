import pytest

from services.store.replay import scan
from tests.integration.store.replay.library import Library, seeded


@pytest.mark.parametrize("size", [1, 2, 7, 100])
async def test_every_story_comes_whole_and_once_wherever_batches_end(library: Library, size: int) -> None:
    await library.keep(seeded(100))
    log = await library.db["events"].find().sort([("storyId", 1), ("sequence", 1)]).to_list()

    found = [each async for each in scan.stories(library.db["events"], fields=None, size=size)]

    assert [document for stories in found for documents in stories.values() for document in documents] == log
    names = [story for stories in found for story in stories]
    assert names == sorted({document["storyId"] for document in log})
