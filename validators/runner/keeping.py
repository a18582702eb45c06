"""What of one model comes from the result cache, and what goes into it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sluicegate.validators.runner.cache_key import judge_digest, key_of
from sluicegate.validators.runner.finding import Finding, FromCache
from sluicegate.validators.runner.inputs import Inputs, made_by_the_parent
from sluicegate.validators.runner.limits import Limits
from sluicegate.validators.runner.registry import Check
from sluicegate.validators.runner.result_cache import Kept, ResultCache


def keys_of(checks: Sequence[Check], inputs: Inputs, limits: Limits, judge: str) -> dict[str, str]:
    """By check, the key of what it finds of these inputs; without those that must not be kept."""
    given, _ = inputs.sent(made_by_the_parent())
    keys = {check.id: key_of(check, given, limits, judge) for check in checks}
    return {name: key for name, key in keys.items() if key is not None}


@dataclass
class Keeping:
    """One model's way to the cache; without a cache nothing is known, and nothing kept."""

    cache: ResultCache | None = None
    _keys: dict[str, str] = field(default_factory=dict)
    _taken: dict[str, Kept] = field(default_factory=dict)

    def known(
        self, checks: Sequence[Check], inputs: Inputs, limits: Limits
    ) -> list[tuple[Check, list[Finding]]]:
        """The checks whose findings are in the cache, with them."""
        if self.cache is None or not checks:
            return []
        self._keys = keys_of(checks, inputs, limits, judge_digest())
        for name, key in self._keys.items():
            kept = self.cache.find(key, name)
            if kept is not None:
                self._taken[name] = kept
        return [(check, list(self._taken[check.id].findings)) for check in checks if check.id in self._taken]

    def keep(self, check: Check, findings: Sequence[Finding]) -> None:
        """Keep what a child found of this model."""
        if self.cache is not None and check.id in self._keys:
            self.cache.add(self._keys[check.id], check.id, findings)

    def taken(self) -> FromCache | None:
        """What came from the cache; None where nothing did."""
        if not self._taken:
            return None
        return FromCache(tuple(self._taken), min(kept.judged for kept in self._taken.values()))
