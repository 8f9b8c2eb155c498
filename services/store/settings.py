"""What the store is told by its environment."""

from pydantic import Field

from services.common.settings import Settings


class StoreSettings(Settings):
    """Settings of the store. Each is an environment variable of the same name in capitals."""

    mongodb_url: str = Field(
        default="mongodb://127.0.0.1:27017/?replicaSet=rs0",
        repr=False,
        description="Where MongoDB, a replica set, listens",
    )
    mongodb_eraser_url: str = Field(
        default="",
        repr=False,
        description="The same for the user that may change the log, to erase stories; empty: MONGODB_URL's may",
    )
    storywire_database: str = Field(default="storywire", min_length=1, description="Name of the database in MongoDB")
    store_batch: int = Field(default=1_000, ge=2, le=1_000, description="Events that are stored together, at most")
