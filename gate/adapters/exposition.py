"""Prometheus text exposition (format 0.0.4), of which only what is about a few models is kept and parsed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from prometheus_client.parser import text_string_to_metric_families

from sluicegate.gate.adapters.points import Points
from sluicegate.gate.adapters.samples import START, NoData

_OURS = re.compile(rb"(sluice_\w+|process_start_time_seconds)[ \t{]")
"""The only lines that are parsed: parsing costs 20 microseconds a line, and a gateway serves many models."""
_MODEL = re.compile(rb'[{,]\s*model="((?:[^"\\]|\\.)*)"')
OLD_SECONDS = 60.0
"""How old a sample may be that says of itself when it was taken."""


class Texts:
    """Takes a body piece by piece and keeps the lines about some models, and the process' own."""

    def __init__(self, models: Iterable[str]) -> None:
        self._by_model: dict[str, list[bytes]] = {model: [] for model in models}
        self._common: list[bytes] = []
        self._ours = False
        self._bytes = 0
        self._rest = b""

    def feed(self, part: bytes) -> int:
        """Take the next bytes; how many bytes of all are kept now."""
        *lines, self._rest = (self._rest + part).split(b"\n")
        for line in lines:
            self._take(line)
        return self._bytes + len(self._rest)

    def end(self) -> None:
        """Take what is left. Raises NoData where no line was one of Sluicegate's."""
        self._take(self._rest)
        self._rest = b""
        if not self._ours:
            raise NoData("answered without metrics of Sluicegate", "see whether the address is a gateway's")

    def about(self, model: str) -> str:
        """The lines about one model, and those about the process."""
        lines = (*self._common, *self._by_model[model], b"")
        return b"\n".join(lines).decode("utf-8", "replace")

    def _take(self, line: bytes) -> None:
        if _OURS.match(line) is None:
            return
        self._ours = True
        found = _MODEL.search(line)
        if found is not None:
            kept = self._by_model.get(found[1].decode("utf-8", "replace"))
        else:
            kept = self._common if line.startswith(START.encode()) else None
        if kept is not None:
            kept.append(line.rstrip(b"\r"))
            self._bytes += len(line)


def parse(text: str, now: datetime, job: str) -> list[Points]:
    """The samples of a text, taken at `now`; `job` names the process that they are of. Raises NoData."""
    try:
        families = list(text_string_to_metric_families(text))
    # The parser raises what its string handling happens to raise; none of it may end the gate.
    except Exception as error:
        raise NoData(f"did not answer with metrics text: {error}") from error
    points = []
    for family in families:
        for sample in family.samples:
            _require_recent(sample.name, sample.timestamp, now)
            labels = {**sample.labels, "job": job}
            points.append(Points(sample.name, labels, {now.timestamp(): float(sample.value)}))
    return points


def _require_recent(name: str, timestamp: object, now: datetime) -> None:
    """Raises NoData for a sample that says that it was taken at another time than now."""
    if timestamp is None:
        return
    seconds = float(timestamp)  # type: ignore[arg-type]  # the parser's Timestamp has no type
    if abs(now.timestamp() - seconds) <= OLD_SECONDS:
        return
    try:
        moment = f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (ValueError, OverflowError, OSError):
        moment = f"{seconds:g} s"
    raise NoData(
        f"has {name} of {moment}, by its own words, which is not now",
        "let the exporter leave timestamps out, or correct its clock",
    )
