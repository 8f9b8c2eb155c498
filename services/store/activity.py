"""The figures of each day, added up from what every story contributes."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from contracts.queries import ActivityQuery, ActivityReply, DayActivity, Failures, ProcessingTimes
from services.store.database import Collection, Document

Key = tuple[str, str | None]  # a day and a model


async def figures(contributions: Collection, query: ActivityQuery) -> ActivityReply:
    """What an owner's stories came to. Raises PyMongoError."""
    asked = await (await contributions.aggregate(_asked(query))).to_list()
    ended = await (await contributions.aggregate(_ended(query))).to_list()
    days: dict[Key, list[Document]] = {}
    requests = {_key(group): int(group["count"]) for group in asked}
    for group in ended:
        days.setdefault(_key(group), []).append(group)
    keys = sorted({*requests, *days}, key=lambda key: (key[0], key[1] or ""))
    return ActivityReply(days=tuple(_day(key, requests.get(key, 0), days.get(key, [])) for key in keys))


def _asked(query: ActivityQuery) -> list[Document]:
    """Requests by day and model."""
    return [*_requests(query, "asked"), {"$group": {"_id": _names("model", day="asked"), "count": {"$sum": 1}}}]


def _ended(query: ActivityQuery) -> list[Document]:
    """Ends by day, model and manner; each processing time apart, since percentiles want them all."""
    together = _names("model", "outcome", "step", "code", "processingTime", day="ended")
    sums = {name: {"$sum": f"$requests.{name}"} for name in ("words", "inputTokens", "outputTokens")}
    return [*_requests(query, "ended"), {"$group": {"_id": together, "count": {"$sum": 1}, **sums}}]


def _requests(query: ActivityQuery, day: str) -> list[Document]:
    bounds: Document = {"$ne": None}
    bounds |= {"$gte": query.since} if query.since else {}
    bounds |= {"$lte": query.until} if query.until else {}
    return [
        {"$match": {"owner": query.owner}},
        {"$unwind": "$requests"},
        {"$match": {f"requests.{day}": bounds}},
    ]


def _names(*fields: str, day: str) -> Document:
    return {"day": f"$requests.{day}"} | {name: f"$requests.{name}" for name in fields}


def _key(group: Document) -> Key:
    return group["_id"]["day"], group["_id"].get("model")


def _day(key: Key, asked: int, groups: Iterable[Document]) -> DayActivity:
    outcomes, totals = Counter[str](), Counter[str]()
    failed, times = Counter[tuple[Any, str]](), Counter[int]()
    for group in groups:
        manner, count = group["_id"], int(group["count"])
        outcomes[manner["outcome"]] += count
        totals.update({name: int(group[name]) for name in ("words", "inputTokens", "outputTokens")})
        if manner["outcome"] == "error":
            failed[manner["step"], manner["code"]] += count
        if manner["outcome"] == "complete":
            times[manner["processingTime"]] += count
    return DayActivity(
        day=key[0],
        model=key[1],
        asked=asked,
        completed=outcomes["complete"],
        failed=tuple(Failures(step=step, code=code, count=count) for (step, code), count in sorted(failed.items())),
        cancelled=outcomes["cancelled"],
        words=totals["words"],
        input_tokens=totals["inputTokens"],
        output_tokens=totals["outputTokens"],
        processing_time=_percentiles(times),
    )


def _percentiles(times: Counter[int]) -> ProcessingTimes | None:
    if not times:
        return None
    return ProcessingTimes(p50=_nearest_rank(times, 50), p95=_nearest_rank(times, 95))


def _nearest_rank(times: Counter[int], per_cent: int) -> int:
    """The smallest value that at least `per_cent` of them do not exceed."""
    rank = -(-times.total() * per_cent // 100)
    for value in sorted(times):
        rank -= times[value]
        if rank <= 0:
            return value
    raise ValueError("there are no values")
