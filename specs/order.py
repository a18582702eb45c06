"""The order of environments: a graph, in which each comes after those that its `after` names. Pure."""

from __future__ import annotations

from collections.abc import Mapping

After = Mapping[str, tuple[str, ...]]
"""Environment -> the environments that it comes after; none for a first one."""


def predecessors(name: str, after: After) -> list[str]:
    """The environments that a version passes before this one, nearest first.

    Names that `after` does not have are part of it, and so is `name` itself where it waits for itself.
    """
    found: list[str] = []
    ahead = list(after.get(name, ()))
    while ahead:
        here = ahead.pop(0)
        if here not in found:
            found.append(here)
            ahead.extend(after.get(here, ()))
    return found


def cycle(name: str, after: After) -> list[str]:
    """The shortest way from an environment back to itself, both ends included; empty where there is none."""
    ways = [[name, before] for before in after.get(name, ())]
    seen: set[str] = set()
    while ways:
        way = ways.pop(0)
        if way[-1] == name:
            return way
        if way[-1] not in seen:
            seen.add(way[-1])
            ways.extend([*way, before] for before in after.get(way[-1], ()))
    return []


def in_order(after: After) -> list[str]:
    """Every environment after those that it waits for, wave by wave; those of one wave by name."""
    return sorted(after, key=lambda name: (wave(name, after), name))


def wave(name: str, after: After) -> int:
    """How many environments a version passes one after the other, at least, before this one."""
    return _wave(name, after, frozenset())


def _wave(name: str, after: After, behind: frozenset[str]) -> int:
    ahead = [before for before in after.get(name, ()) if before not in behind and before != name]
    return max((1 + _wave(before, after, behind | {name}) for before in ahead), default=0)
