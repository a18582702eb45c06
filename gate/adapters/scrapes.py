"""When Prometheus scraped the targets of one model: which moments count, and whether the newest does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sluicegate.gate.adapters.points import Points
from sluicegate.gate.adapters.samples import NoData

OF = "of"
"""The label of what is no series of a target: the time, and when the targets were scraped."""
NOW = "now"
_STAMPS = ("min gateway", "max gateway", "min servers", "max servers")


@dataclass(frozen=True)
class Scrapes:
    """By what (`min gateway`, ...): by moment, the time of the first or the last scrape before it."""

    stamps: Mapping[str, Mapping[float, float]]

    @staticmethod
    def of(points: Iterable[Points], model: str) -> Scrapes:
        """Those of the gateway, and of this model's servers."""
        return Scrapes(
            {
                one.labels[OF]: one.values
                for one in points
                if one.labels[OF] in _STAMPS and one.labels.get("model", model) == model
            }
        )

    def moments(self, since: float | None, stale_seconds: float) -> list[float]:
        """The moments of which the figures are: scraped lately, not before `since`, and each anew."""
        kept: list[float] = []
        previous = float("-inf") if since is None else since
        for moment in sorted(self.stamps.get("min gateway", ())):
            stamps = self._at(moment)
            fresh = all(0 <= moment - stamp <= stale_seconds for stamp in stamps.values())
            if fresh and min(stamps.values()) > previous:
                kept.append(moment)
                previous = max(stamps.values())
        return kept

    def require_lately(self, now: float, stale_seconds: float, gateway: str) -> None:
        """Raises NoData where a target has not been scraped lately; `gateway` selects the gateway's."""
        stamps = self._at(now)
        if "min gateway" not in stamps:
            raise NoData(f"has no series {gateway}", "see whether it scrapes the gateway")
        for of, stamp in stamps.items():
            if not 0 <= now - stamp <= stale_seconds:
                target = of.split()[1]
                raise NoData(f"has no sample of its {target} for {now - stamp:.0f} s", "see its targets")

    def _at(self, moment: float) -> dict[str, float]:
        return {of: values[moment] for of, values in self.stamps.items() if moment in values}
