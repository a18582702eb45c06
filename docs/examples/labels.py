"""Counters by cohort from a table of predictions, as the gate's `delayed_labels` reads them.

    pip install prometheus_client
    python labels.py predictions.csv --port 9400

Columns of predictions.csv, one row a prediction: `time` (2026-11-26T10:03:17Z), `track` (stable or canary),
`predicted`, and `truth`, which is empty until it is known. Put your own table in place of the file.

The counters are computed from the table at each scrape, so a restart loses none. They are in a registry of
their own, without `process_start_time_seconds`: the gate would take a restart for a loss.
"""

from __future__ import annotations

import argparse
import csv
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily

COHORT = timedelta(hours=1)
KEPT = timedelta(days=8)
"""Longer than a cohort, its delay and the deadline of a rollout together."""
TRACKS = ("stable", "canary")


class Cohorts:
    """A collector of prometheus_client: three counters, each for both tracks in every cohort, from 0 on."""

    def __init__(self, table: Path) -> None:
        self._table = table

    def collect(self) -> Iterator[CounterMetricFamily]:
        """Read the table and count."""
        made, labelled, wrong = Counter(), Counter(), Counter()
        with self._table.open(newline="") as file:
            for row in csv.DictReader(file):
                key = (_cohort(datetime.fromisoformat(row["time"])), row["track"])
                made[key] += 1
                labelled[key] += row["truth"] != ""
                wrong[key] += row["truth"] not in ("", row["predicted"])
        cohorts = sorted({cohort for cohort, _ in made if cohort > datetime.now(UTC) - KEPT})
        for name, counted in (("made", made), ("labelled", labelled), ("wrong", wrong)):
            family = CounterMetricFamily(f"predictions_{name}", "By cohort.", labels=("track", "cohort"))
            for cohort in cohorts:
                for track in TRACKS:
                    family.add_metric((track, f"{cohort:%Y-%m-%dT%H:%M:%SZ}"), counted[cohort, track])
            yield family


def _cohort(time: datetime) -> datetime:
    """The start of the cohort of a prediction: by the time of the prediction, never by that of its label."""
    seconds = COHORT.total_seconds()
    return datetime.fromtimestamp(time.timestamp() // seconds * seconds, UTC)


def main() -> None:
    """Serve the counters until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", type=Path)
    parser.add_argument("--port", type=int, default=9400)
    options = parser.parse_args()
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Cohorts(options.table))
    start_http_server(options.port, registry=registry)
    threading.Event().wait()


if __name__ == "__main__":
    main()
