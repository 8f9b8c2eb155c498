import pytest
from pymongo import ReadPreference
from pymongo.errors import BulkWriteError

from services.store.database import UnfitDatabase, connect, database, sentence, storable


@pytest.mark.parametrize("weakness", ["w=1", "w=0", "journal=false"])
def test_a_url_that_weakens_writes_is_refused(weakness: str) -> None:
    with pytest.raises(UnfitDatabase, match="MONGODB_URL weakens the writes"):
        connect(f"mongodb://127.0.0.1:1/?{weakness}")


@pytest.mark.parametrize("url", ["", "mongodb://", "mongodb://host:port/", "http://127.0.0.1/"])
def test_a_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(UnfitDatabase, match="MONGODB_URL cannot be used"):
        connect(url)


async def test_writes_wait_for_a_majoritys_journals_and_reads_ask_the_primary() -> None:
    async with connect("mongodb://127.0.0.1:1/?readPreference=secondary") as client:
        db = database(client, "storywire")

        assert db.write_concern.document == {"w": "majority", "j": True, "wtimeout": 10_000}
        assert db["events"].write_concern == db.write_concern
        assert db.read_preference == ReadPreference.PRIMARY


async def test_a_name_that_no_database_can_have_is_refused() -> None:
    async with connect("mongodb://127.0.0.1:1/") as client:
        with pytest.raises(UnfitDatabase, match="STORYWIRE_DATABASE"):
            database(client, "a.b")


def test_a_number_beyond_64_bits_cannot_be_stored() -> None:
    assert storable({"sequence": 2**63 - 1})
    assert not storable({"sequence": 2**63})
    assert not storable({"title": "\ud800"})


def test_a_document_beyond_16_mib_cannot_be_stored() -> None:
    assert storable({"payload": "x" * (15 * 1024 * 1024)})
    assert not storable({"payload": "x" * (16 * 1024 * 1024)})


def test_what_went_wrong_is_said_without_the_documents() -> None:
    failed = {"index": 0, "code": 2, "errmsg": "object too large", "op": {"payload": "private"}}

    assert sentence(BulkWriteError({"writeErrors": [failed], "writeConcernErrors": []})) == "object too large"
