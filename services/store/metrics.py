"""What the store counts. No label is a story."""

from prometheus_client import CollectorRegistry, Counter, Histogram

_SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000)


class Metrics:
    """The store's metrics, in the registry that /metrics shows."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.stored = Counter("storywire_store_events", "Events written to the log", registry=registry)
        self.duplicates = Counter(
            "storywire_store_duplicates", "Events that the log had already: redeliveries", registry=registry
        )
        self.unknown = Counter(
            "storywire_store_unknown_events",
            "Events of a kind or version that only a newer service knows",
            registry=registry,
        )
        self.batch = Histogram("storywire_store_batch_events", "Events a batch", buckets=_SIZES, registry=registry)
        self.retries = Counter("storywire_store_retries", "Batches tried again: MongoDB was away", registry=registry)
        self.failures = Counter("storywire_store_failures", "Messages tried again: they failed", registry=registry)
        self.folds = Counter("storywire_store_fold_writes", "Stories written to the projection", registry=registry)
        self.lost_races = Counter(
            "storywire_store_fold_lost_races", "Projection writes that another store was ahead of", registry=registry
        )
        self.unfoldable = Counter(
            "storywire_store_unfoldable", "Folds that ended at an event which cannot follow", registry=registry
        )
