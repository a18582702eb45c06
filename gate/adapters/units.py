"""Users in place of requests: where a policy names a unit, the gateway's first requests are all that count.

A user is assigned to a track as a whole, so only users are independent of each other. A gateway that can
count them has, beside the series of all requests, those of the first request of each user since the weight
was last changed. Under the names of all requests they are what every gate, the split check and `min_requests`
count by.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from sluicegate.gate.adapters.samples import NoData, Series
from sluicegate.gate.metrics.base import FIRST_REQUESTS, FIRST_SECONDS, REQUESTS, SECONDS

FIRST: Mapping[str, str] = {REQUESTS: FIRST_REQUESTS} | {
    f"{SECONDS}{end}": f"{FIRST_SECONDS}{end}" for end in ("_bucket", "_count")
}
"""By the name of a series of all requests: that of the first ones."""
_ALL = {first: name for name, first in FIRST.items()}


def first_requests(series: Iterable[Series], unit: str) -> list[Series]:
    """The gateway's series with the first requests in the place of all. Raises NoData where it has none."""
    kept = [replace(one, name=_ALL.get(one.name, one.name)) for one in series if one.name not in FIRST]
    if not any(one.name == REQUESTS for one in kept):
        raise NoData(
            f"{FIRST_REQUESTS} is not there: users are not counted by {unit}, or more came than can be",
            "take a gateway that counts them, or leave out rollout.unit",
        )
    return kept
