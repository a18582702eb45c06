"""`python -m contract DESCRIPTION JOURNAL`: endpoints, calls and violations; exit code 1 if there are any."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from pathlib import Path

from contract.description import Description
from contract.judge import Judged, judge, read_journal
from sluicegate.embedded.forge.api import ENDPOINTS
from sluicegate.embedded.forge.wire import OWN


def main(description: Path, journal: Path) -> int:
    """Print what was called, and what violates the description."""
    known = Description(description)
    judged = [judge(known, call) for call in read_journal(journal)]
    return 1 if show(known, judged) else 0


def show(known: Description, judged: list[Judged]) -> int:
    """The table; the number of violations, among which is every endpoint that nothing called."""
    by_endpoint: defaultdict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        by_endpoint[str(one.operation) if one.operation else f"{one.call.method} (unknown)"].append(one)
    uncalled = sorted(_served(known) - by_endpoint.keys())
    width = max(map(len, [*by_endpoint, *uncalled]), default=0)
    print(f"{'endpoint':{width}}  calls  refused  violations")
    for name, calls in sorted(by_endpoint.items()):
        refused = sum(one.call.refused for one in calls)
        bad = sum(bool(one.violations) for one in calls)
        print(f"{name:{width}}  {len(calls):5}  {refused:7}  {bad:10}")
    for name in uncalled:
        print(f"{name:{width}}  {0:5}  never called, so nothing is known of it")
    found = Counter((_name(one), text) for one in judged for text in one.violations)
    for (name, text), count in found.most_common():
        print(f"  {name}: {text} ({count} times)")
    total = sum(bool(one.violations) for one in judged)
    print(
        f"{len(by_endpoint)} endpoints, {len(judged)} calls, {total} violations, {len(uncalled)} never called"
    )
    return total + len(uncalled)


def _name(one: Judged) -> str:
    return str(one.operation or f"{one.call.method} {one.call.path}")


def _served(known: Description) -> set[str]:
    """The operations that the forge has, by the description's names; what is its own is left out."""
    served = set()
    for endpoint in ENDPOINTS:
        path = endpoint.path.replace(":int", "").replace(":path", "")
        if OWN not in path and (operation := known.operation(endpoint.method, path)):
            served.add(str(operation))
    return served


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
