"""Traffic files: the benchmark's traffic as JSON lines, for any other tool; see docs/benchmark.md."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from sluicegate.gate.core import serialize
from sluicegate.gate.simulate.scenarios import Scenario
from sluicegate.gate.simulate.traffic.base import CHUNK, LOTS, Counts, Draw, Process, Rng, Setting
from sluicegate.gate.simulate.traffic.steady import flat
from sluicegate.specs.yamlio import InputError

FORMAT = "sluicegate-traffic/1"
REMEDY = "write one with `sluice gate simulate --write-traffic FILE`"
DAY = 86_400.0
TRACKS = 2


@dataclass(frozen=True)
class _Head:
    """The first line: of the keys of `_HEAD`."""

    scenario: str
    title: str
    rollouts: int
    windows: int
    seconds: float
    rate: float
    failures: float
    difference: float
    replicas: tuple[int, ...]


_HEAD = tuple(part.name for part in fields(_Head))


@dataclass(frozen=True)
class Recorded:
    """One rollout of a file."""

    windows: Draw
    cold: int = 0

    def draw(self, _rng: Rng, first: int, count: int) -> Draw:
        """As recorded."""
        at = slice(first, first + count)
        windows = self.windows
        return Draw(windows.requests[at], windows.if_canary[at], windows.if_stable[at])


@dataclass(frozen=True)
class Recording(Scenario):
    """A scenario whose traffic is in a file; its difference is the file's, whatever the margin."""

    path: str = ""
    rollouts: int = 0

    def process(self, rng: Rng, rollout: int) -> Process:
        """The rollout of this number in the file, whatever the seed."""
        del rng
        return _rollouts(self.path)[rollout]


def write(path: Path, scenario: Scenario, seed: int, rollouts: int) -> None:
    """Write some rollouts of a scenario; compressed where the name ends in .gz, always the same bytes."""
    text = b"".join(
        json.dumps(line, separators=(",", ":")).encode() + b"\n" for line in _lines(scenario, seed, rollouts)
    )
    path.write_bytes(gzip.compress(text, mtime=0) if path.suffix == ".gz" else text)


def read(path: Path) -> Recording:
    """The scenario of a traffic file. Raises InputError with the line of the first fault."""
    head = _head(str(path))
    setting = Setting(
        rate=head.rate,
        failures=head.failures,
        difference=head.difference,
        seconds=head.seconds,
        windows=head.windows,
        replicas=(head.replicas[0], head.replicas[1]),
    )
    rollouts = _rollouts(str(path))
    if len(rollouts) != head.rollouts:
        raise InputError.of(f"it has {len(rollouts)} of its {head.rollouts} rollouts", REMEDY, str(path), 1)
    for number, rollout in enumerate(rollouts):
        found = len(rollout.windows.requests)
        if found != head.windows:
            problem = f"rollout {number} has {found} of its {head.windows} windows"
            raise InputError.of(problem, REMEDY, str(path), 1)
    return Recording(
        head.scenario, head.title, flat, setting,
        difference=setting.difference, path=str(path), rollouts=len(rollouts),
    )  # fmt: skip


def _lines(scenario: Scenario, seed: int, rollouts: int) -> Iterator[dict[str, Any]]:
    setting = scenario.setting
    if setting.first_for:
        raise InputError.of(
            f"{scenario.name} has no stable version, and a file has requests of both",
            "write another scenario",
        )
    values = {**vars(setting), "scenario": scenario.name, "title": scenario.title, "rollouts": rollouts}
    yield {"format": FORMAT, "seed": seed, **{key: values[key] for key in _HEAD}}
    for rollout in range(rollouts):
        rng = scenario.rng(seed, rollout)
        process = scenario.process(rng, rollout)
        for first in range(0, setting.windows, CHUNK):
            drawn = process.draw(rng, first, min(CHUNK, setting.windows - first))
            if drawn.if_idle is not None:
                raise InputError.of(
                    f"what happens in {scenario.name} depends on the weight, which a file does not know",
                    "write another scenario",
                )
            for row, requests in enumerate(drawn.requests):
                yield {
                    "rollout": rollout,
                    "window": first + row,
                    "cold": process.cold,
                    "requests": requests.tolist(),
                    "if_canary": _sparse(drawn.if_canary[row]),
                    "if_stable": _sparse(drawn.if_stable[row]),
                }


def _sparse(by_lot: Counts) -> list[list[int]]:
    """[lot, number] wherever the number is not 0."""
    return [[int(lot), int(by_lot[lot])] for lot in np.flatnonzero(by_lot)]


def _parsed(path: str) -> Iterator[tuple[int, Any]]:
    try:
        data = Path(path).read_bytes()
        text = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    except (OSError, EOFError, zlib.error) as error:
        raise InputError.of(f"{path} cannot be read: {error}", REMEDY) from error
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            yield number, json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError.of(f"this is not JSON: {error}", REMEDY, path, number) from error


def _head(path: str) -> _Head:
    for number, line in _parsed(path):
        if not isinstance(line, dict) or line.get("format") != FORMAT or not line.keys() >= {*_HEAD}:
            raise InputError.of(f"the first line is not the head of a {FORMAT} file", REMEDY, path, number)
        try:
            head = serialize.load(_Head, {key: line[key] for key in _HEAD})
        except serialize.SerializationError as error:
            message = error.message.replace(_Head.__name__, "head")
            raise InputError.of(message, REMEDY, path, number) from error
        fault = _fault(head)
        if fault is not None:
            raise InputError.of(fault, REMEDY, path, number)
        return head
    raise InputError.of("it is empty", REMEDY, path)


def _fault(head: _Head) -> str | None:
    if not 0 < head.seconds <= DAY:
        return f"seconds is {head.seconds:g}, not between 0 and a day"
    if not (0 <= head.failures <= 1 and -1 <= head.difference <= 1):
        return "failures and difference are no shares"
    if head.rate < 0 or len(head.replicas) != TRACKS or min(head.replicas) < 1:
        return "rate is negative, or replicas are not a number of the canary's and one of stable's"
    return None


@lru_cache(maxsize=4)
def _rollouts(path: str) -> tuple[Recorded, ...]:
    """Every rollout of a file, by number."""
    windows: dict[int, list[tuple[Counts, Counts, Counts]]] = {}
    cold: dict[int, int] = {}
    lines = _parsed(path)
    next(lines, None)
    for number, line in lines:
        try:
            rows = windows.setdefault(line["rollout"], [])
            requests = _dense(enumerate(line["requests"]))
            rows.append((requests, _dense(line["if_canary"]), _dense(line["if_stable"])))
            cold[line["rollout"]] = _whole(line["cold"])
            sound = line["window"] == len(rows) - 1 and all((bad <= requests).all() for bad in rows[-1][1:])
        except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
            raise InputError.of(f"this is no window: {error!r}", REMEDY, path, number) from error
        if not sound or len(line["requests"]) != LOTS:
            raise InputError.of(
                "this window is out of order, or fails more than it has", REMEDY, path, number
            )
    recorded = []
    for rollout in sorted(windows):
        requests, if_canary, if_stable = map(np.array, zip(*windows[rollout], strict=True))
        recorded.append(Recorded(Draw(requests, if_canary, if_stable), cold[rollout]))
    return tuple(recorded)


def _dense(pairs: Iterable[Any]) -> Counts:
    by_lot = np.zeros(LOTS, dtype=np.int64)
    for lot, number in pairs:
        by_lot[_whole(lot)] = _whole(number)
    return by_lot


def _whole(number: Any) -> int:
    """A count. Raises ValueError for anything else, which numpy would cut off or take from the end."""
    if type(number) is not int or number < 0:
        raise ValueError(f"{number!r} is no count")
    return number
