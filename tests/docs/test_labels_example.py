"""docs/examples/labels.py runs as the page says, and exports what the page's own gate counts."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families
from support.specs import model_yaml

from sluicegate.gate.metrics.base import gates
from sluicegate.specs.model_file import load_model
from sluicegate.specs.yamlio import parse

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "strategies.md").read_text(encoding="utf-8")
HOUR = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=2)


@pytest.fixture
def scrape(tmp_path: Path) -> Iterator[Callable[[], str]]:
    """The example serves a table of three predictions; gives its text."""
    table = tmp_path / "predictions.csv"
    rows = [
        "time,track,predicted,truth",
        f"{HOUR:%Y-%m-%dT%H}:03:17Z,stable,1,0",
        f"{HOUR:%Y-%m-%dT%H}:59:59Z,stable,1,1",
        f"{HOUR:%Y-%m-%dT%H}:10:00Z,canary,0,",
        "2020-01-01T00:00:00Z,canary,0,1",
    ]
    table.write_text("\n".join(rows))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, str(ROOT / "docs/examples/labels.py"), str(table), "--port", str(port)]
    process = subprocess.Popen(command)

    def text() -> str:
        end = time.monotonic() + 30
        while True:
            try:
                with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
                    return answer.read().decode()
            except URLError:
                assert process.poll() is None and time.monotonic() < end

    yield text
    process.terminate()
    process.wait(10)


def test_each_cohort_has_every_counter_for_both_tracks(scrape: Callable[[], str]) -> None:
    samples = {
        (sample.name, sample.labels["track"], sample.labels["cohort"]): sample.value
        for family in text_string_to_metric_families(scrape())
        for sample in family.samples
    }
    cohort = f"{HOUR:%Y-%m-%dT%H:%M:%SZ}"
    expected = {"made": (2, 1), "labelled": (2, 0), "wrong": (1, 0)}
    assert samples == {
        (f"predictions_{name}_total", track, cohort): value
        for name, values in expected.items()
        for track, value in zip(("stable", "canary"), values, strict=True)
    }


def test_it_exports_what_the_gate_of_the_page_counts(scrape: Callable[[], str]) -> None:
    (block,) = re.findall(r"```yaml\n(gates:\n(?:(?!```).)*delayed_labels(?:(?!```).)*)```", PAGE, re.DOTALL)
    text = re.sub(r"gates: \[.*\]", block.rstrip().replace("\n", "\n    "), model_yaml().decode())
    model = load_model(parse(text.encode(), "models/m/model.yaml"), gates=gates(), sections=None)
    (counter,) = model.rollout.gates[1].failure_counters(model)
    business = counter.business
    asked = {business.requests.sample, business.cohorts.predictions.sample, counter.plus[0].sample}
    assert asked == {line.split("{")[0] for line in scrape().splitlines() if not line.startswith("#")}
