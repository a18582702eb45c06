"""The order of environments: each comes after the one that its `after` names. Pure."""

from __future__ import annotations

from collections.abc import Mapping

After = Mapping[str, str | None]
"""Environment -> the environment that it comes after; None for a first one."""


def predecessors(name: str, after: After) -> list[str]:
    """The environments that a version passes before this one, nearest first.

    Ends at a first environment, at a name that `after` does not have, and where a cycle closes: a cycle
    through `name` ends with `name` itself.
    """
    chain: list[str] = []
    here = after.get(name)
    while here is not None and here not in chain:
        chain.append(here)
        here = after.get(here)
    return chain


def in_order(after: After) -> list[str]:
    """Every environment after those that it waits for; those of equal depth by name."""
    return sorted(after, key=lambda name: (len(predecessors(name, after)), name))
