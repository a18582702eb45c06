"""Whether pods that ask for GPUs fit into a pool of equal nodes. Pure arithmetic, nothing else."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sluicegate.specs.release import BASELINE_UP_TO

Answer = Literal["fits", "cannot", "unknown"]


@dataclass(frozen=True)
class Need:
    """What one model asks of one resource at the worst moment of a release: pods, of `units` each."""

    model: str
    resource: str
    units: int
    """Of the resource, for each pod; all of them on one node."""
    stable: int
    canary: int
    """A baseline's included."""
    surge: int

    @property
    def pods(self) -> int:
        """All of them at once."""
        return self.stable + self.canary + self.surge

    @property
    def total(self) -> int:
        """Units of all pods."""
        return self.pods * self.units

    def __str__(self) -> str:
        """`flight-delay 2+2+1`, or `flight-delay (2+2+1)x4`, where a pod takes several."""
        sums = f"{self.stable}+{self.canary}+{self.surge}"
        return f"{self.model} {sums}" if self.units == 1 else f"{self.model} ({sums})x{self.units}"


def surge(pods: int, strategy: str, most: int | str) -> int:
    """Pods that a rolling update adds: a number, or a percentage of `pods`, rounded up as Kubernetes does.

    Source: kubernetes/pkg/controller/deployment/util, ResolveFenceposts. Raises ValueError for neither.
    """
    if strategy == "Recreate" or not pods:
        return 0
    if isinstance(most, int):
        return max(0, most)
    share, sign, rest = most.partition("%")
    if not sign or rest or not share.isdigit():
        raise ValueError(f"{most!r} is neither a number nor a percentage")
    return math.ceil(pods * int(share) / 100)


def canaries(stable: int, weights: Sequence[int], *, baseline: bool = False) -> int:
    """Pods of the canary at the largest of these weights: ceil(stable x weight), at least one.

    Or those of canary and baseline together, where these are more: a baseline has as many, up to 33 %.
    """
    alone = _portion(stable, max(weights, default=100))
    beside = [2 * _portion(stable, weight) for weight in weights if baseline and weight <= BASELINE_UP_TO]
    return max(alone, *beside) if beside else alone


def _portion(stable: int, weight: int) -> int:
    return max(1, math.ceil(stable * weight / 100))


def fit(pods: Mapping[int, int], nodes: int, capacity: int) -> tuple[Answer, str]:
    """Whether pods (how many, by their size in units) fit on `nodes` of `capacity` units each, and why.

    `fits` is shown by a packing (first fit, the largest first), `cannot` by a bound; between both lies
    `unknown`, since packing is NP-hard and the scheduler places pods as they come.
    """
    sizes = {size: number for size, number in pods.items() if size and number}
    total = sum(size * number for size, number in sizes.items())
    if not sizes:
        return "fits", "nothing is asked for"
    if max(sizes) > capacity:
        return "cannot", f"a pod asks for {max(sizes)}, and a node has {capacity}"
    if total > nodes * capacity:
        return "cannot", f"{total} of {nodes * capacity}"
    used = packed(sizes, capacity)
    if used <= nodes:
        return "fits", f"{total} of {nodes * capacity}, on {used} of {nodes} nodes"
    least = at_least(sizes, capacity)
    if least > nodes:
        return "cannot", f"pods of these sizes take {least} nodes, and there are {nodes}"
    return "unknown", (
        "the totals would do, but packed the largest first "
        f"these pods take {used} nodes, and there are {nodes}"
    )


def packed(pods: Mapping[int, int], capacity: int) -> int:
    """Nodes that first fit takes, the largest pods first: at most 11/9 of the least, plus 6/9 (Dosa 2007)."""
    free: list[int] = []
    for size, number in sorted(pods.items(), reverse=True):
        left = number
        for node, room in enumerate(free):
            here = min(left, room // size)
            free[node] -= here * size
            left -= here
        each = capacity // size
        full, rest = divmod(left, each)
        free += [capacity - each * size] * full + ([capacity - rest * size] if rest else [])
    return len(free)


def at_least(pods: Mapping[int, int], capacity: int) -> int:
    """A number of nodes below which no packing is: the bound L2 of Martello and Toth (1990).

    Pods above half a node take one each, and what they leave free takes only what is small enough.
    """
    most = 0
    for small in range(capacity // 2 + 1):
        alone = sum(number for size, number in pods.items() if size > capacity - small)
        half = {size: n for size, n in pods.items() if capacity / 2 < size <= capacity - small}
        rest = sum(size * n for size, n in pods.items() if small <= size <= capacity / 2)
        over = rest - sum((capacity - size) * n for size, n in half.items())
        most = max(most, alone + sum(half.values()) + max(0, math.ceil(over / capacity)))
    return most
