"""The figures of all running releases, asked of each environment's source at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from sluicegate.gate.adapters.query import Query
from sluicegate.gate.adapters.sources import Sources
from sluicegate.gate.core.decision import Reading
from sluicegate.gate.daemon.evaluate import Clock, query_of
from sluicegate.gate.daemon.state import Pair, State
from sluicegate.specs.environment import EnvironmentSpec

AT_ONCE = 8
"""Queries that are prepared at a time, and sources that are asked."""
Readings = Mapping[Pair, Reading | Exception]


@dataclass(frozen=True)
class _Group:
    """What one source is asked."""

    environment: EnvironmentSpec
    asked: list[tuple[Pair, Query]] = field(default_factory=list)

    def read(self, sources: Sources, clock: Clock) -> dict[Pair, Reading | Exception]:
        """All at once; one by one where that ends in an error, which then costs one release alone."""
        try:
            return self._read(self.asked, sources, clock)
        except Exception as error:
            if len(self.asked) == 1:
                return {self.asked[0][0]: error}
        found: dict[Pair, Reading | Exception] = {}
        for one in self.asked:
            found |= _Group(self.environment, [one]).read(sources, clock)
        return found

    def _read(
        self, asked: Sequence[tuple[Pair, Query]], sources: Sources, clock: Clock
    ) -> dict[Pair, Reading | Exception]:
        readings = sources(self.environment).read([query for _, query in asked], clock())
        return {pair: reading for (pair, _), reading in zip(asked, readings, strict=True)}


def read_all(state: State, pairs: Sequence[Pair], sources: Sources, clock: Clock) -> Readings:
    """The readings of these releases, or in its place what kept one from being read, which costs no other.

    A release without a canary has none.
    """
    found: dict[Pair, Reading | Exception] = {}
    groups: list[_Group] = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for pair, asked in zip(pairs, pool.map(lambda pair: _prepared(state, pair), pairs), strict=True):
            if isinstance(asked, Exception):
                found[pair] = asked
            elif asked is not None:
                environment, query = asked
                _group(groups, environment).asked.append((pair, query))
        for answers in pool.map(lambda group: group.read(sources, clock), groups):
            found |= answers
    return found


def _prepared(state: State, pair: Pair) -> tuple[EnvironmentSpec, Query] | Exception | None:
    try:
        return query_of(state, *pair)
    # Whatever it is, the evaluation of this release says so, and the others go on.
    except Exception as error:
        return error


def _group(groups: list[_Group], environment: EnvironmentSpec) -> _Group:
    """The group of this environment as it is read: one release may have to be judged by an older one."""
    for group in groups:
        if group.environment == environment:
            return group
    groups.append(_Group(environment))
    return groups[-1]
