"""Write the Grafana dashboards of the chart: `python make.py`; with `--check` only say whether they differ.

A panel is its title, its unit and its queries; its position follows from their order, three in a row.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
Json = dict[str, Any]
OF = 'namespace=~"$namespace",model=~"$model"'
TRACK = 'namespace=~"$namespace",model=~"$model",track=~"$track"'
GATE = 'environment=~"$environment",model=~"$model"'
_COLUMNS = 3
_WIDTH = 8
_HEIGHT = 8


@dataclass(frozen=True)
class Panel:
    """One panel; `queries` are (expression, legend); `unit` is Grafana's word for it."""

    title: str
    unit: str
    queries: tuple[tuple[str, str], ...]
    about: str = ""
    kind: str = "timeseries"


@dataclass(frozen=True)
class Dashboard:
    """One file. `variables` are (name, series that has the label)."""

    path: str
    uid: str
    title: str
    variables: tuple[tuple[str, str], ...]
    panels: tuple[Panel, ...]
    tags: tuple[str, ...] = field(default=("sluicegate",))


def quantiles(series: str) -> tuple[tuple[str, str], ...]:
    """50th, 95th and 99th percentile of a recorded series."""
    return tuple((f"{series}:p{q}_5m{{{TRACK}}}", f"{{{{track}}}} p{q}") for q in (50, 95, 99))


def _rate(series: str, by: str = "track") -> str:
    return f"sum by ({by}) (rate({series}{{{TRACK}}}[5m]))"


def _scores(track: str) -> str:
    return f'sum by (le) (increase(sluice_server_score_bucket{{{OF},track="{track}"}}[$__rate_interval]))'


_ORT = "sluice_server_requests_total"
_TRITON = "nv_inference_request_success"
MODEL = Dashboard(
    "model.json", "sluice-model", "Sluicegate / model",
    (("namespace", "up"), ("model", "up"), ("track", "up"), ("environment", "sluice_gate_release_weight")),
    (
        Panel("Traffic: observed share and committed weight", "percentunit", (
            (f'sluice:gateway_share:ratio5m{{{OF},track="canary"}}', "{{namespace}} canary, observed"),
            (f"sluice_gate_release_weight{{{GATE}}} / 100", "{{environment}} canary, committed"),
        ), "The observed share, a mean of 5 minutes, follows the committed weight once Argo CD has synced."),
        Panel("Requests a second, at the gateway", "reqps", (
            (f"sluice:gateway_requests:rate5m{{{TRACK}}}", "{{track}}"),
        )),
        Panel("Servers that can be scraped", "short", (
            (f"sum by (namespace, model, track) (up{{{TRACK}}})", "{{track}}"),
        )),
        Panel("Error share, at the gateway", "percentunit", (
            (f"sluice:gateway_errors:ratio5m{{{TRACK}}}", "{{track}} 5m"),
            (f"sluice:gateway_errors:ratio1h{{{TRACK}}}", "{{track}} 1h"),
        ), "What the gateway counts and the servers do not: time-outs and refused connections."),
        Panel("Error share, at the servers", "percentunit", (
            (f"sluice:server_errors:ratio5m{{{TRACK}}}", "{{track}} 5m"),
            (f"sluice:server_errors:ratio1h{{{TRACK}}}", "{{track}} 1h"),
        )),
        Panel("Answers by code, at the gateway", "reqps", (
            (f"sluice:gateway_answers:rate5m{{{TRACK}}}", "{{track}} {{code}}"),
        )),
        Panel("Seconds an answer takes, at the gateway", "s", quantiles("sluice:gateway_seconds")),
        Panel("Share of answers over 100 ms, at the gateway", "percentunit", (
            (f"sluice:gateway_slow:ratio5m{{{TRACK}}}", "{{track}}"),
        )),
        Panel("The gate's interval: rate difference (canary - stable)", "percentunit", (
            (f"sluice_gate_excess_lower{{{GATE}}}", "{{gate}} at least"),
            (f"sluice_gate_excess_upper{{{GATE}}}", "{{gate}} at most"),
        ), "A release goes on once the upper end is below the margin, and back once the lower is above."),
    ),
)  # fmt: skip

ORT = Dashboard(
    "ort.json", "sluice-ort", "Sluicegate / server ort",
    (("namespace", _ORT), ("model", _ORT), ("track", _ORT)),
    (
        Panel("Requests a second by code", "reqps", (
            (_rate("sluice_server_requests_total", "track, code"), "{{track}} {{code}}"),
        )),
        Panel("Errors by reason", "reqps", (
            (_rate("sluice_server_errors_total", "track, reason"), "{{track}} {{reason}}"),
        )),
        Panel("Seconds an answer takes in the server", "s", quantiles("sluice:server_seconds")),
        Panel("Scores of stable", "short", (
            (_scores("stable"), "{{le}}"),
        ), "The declared score of each request's first row.", "heatmap"),
        Panel("Scores of the canary", "short", (
            (_scores("canary"), "{{le}}"),
        ), "The declared score of each request's first row.", "heatmap"),
        Panel("Distance of the scores", "short", (
            (f"sluice:server_score:distance30m{{{OF}}}", "canary from stable"),
            (f"sluice:server_score:shift1d{{{OF}}}", "stable from yesterday"),
        ), "The largest difference of the shares of scores up to an edge: 0 alike, 1 apart."),
        Panel("Cores in use", "short", (
            (_rate("process_cpu_seconds_total"), "{{track}}"),
        )),
        Panel("Memory in use", "bytes", (
            (f"max by (track) (process_resident_memory_bytes{{{TRACK}}})", "{{track}}, largest server"),
        )),
        Panel("Age of the servers", "s", (
            (f"time() - max by (track) (process_start_time_seconds{{{TRACK}}})", "{{track}}, youngest"),
        )),
    ),
)  # fmt: skip

_HITS = "nv_cache_num_hits_per_model"
_MISSES = "nv_cache_num_misses_per_model"


def _share(part: str) -> str:
    return (
        f"sum by (track) (rate(nv_inference_{part}_duration_us{{{TRACK}}}[5m]))"
        f" / (sum by (track) (rate({_TRITON}{{{TRACK}}}[5m])) > 0) / 1e6"
    )


TRITON = Dashboard(
    "triton.json", "sluice-triton", "Sluicegate / server Triton",
    (("namespace", _TRITON), ("model", _TRITON), ("track", _TRITON)),
    (
        Panel("Requests a second", "reqps", (
            (_rate(_TRITON), "{{track}} ok"),
            (_rate("nv_inference_request_failure", "track, reason"), "{{track}} {{reason}}"),
        )),
        Panel("Requests waiting", "short", (
            (f"sum by (track) (nv_inference_pending_request_count{{{TRACK}}})", "{{track}}"),
        )),
        Panel("Mean batch", "short", ((f"sluice:server_batch:mean5m{{{TRACK}}}", "{{track}}"),)),
        Panel("Where the time goes, mean of a request", "s", tuple(
            (_share(part), "{{track}} " + part.replace("_", " "))
            for part in ("queue", "compute_input", "compute_infer", "compute_output")
        ), "Triton has no latency buckets: quantiles are the gateway's."),
        Panel("Seconds in the queue, mean", "s", (
            (f"sluice:server_queue_seconds:mean5m{{{TRACK}}}", "{{track}}"),
        )),
        Panel("Answers from the cache", "percentunit", (
            (f"{_rate(_HITS)} / ({_rate(_HITS)} + {_rate(_MISSES)} > 0)", "{{track}}"),
        ), "Only where the response cache is on."),
        Panel("GPU in use", "percentunit", (
            (f"max by (track, gpu_uuid) (nv_gpu_utilization{{{TRACK}}})", "{{track}} {{gpu_uuid}}"),
        )),
        Panel("GPU memory in use", "percentunit", (
            (f"max by (track, gpu_uuid) (nv_gpu_memory_used_bytes{{{TRACK}}}"
             f" / nv_gpu_memory_total_bytes{{{TRACK}}})", "{{track}} {{gpu_uuid}}"),
        )),
        Panel("GPU power", "watt", (
            (f"max by (track, gpu_uuid) (nv_gpu_power_usage{{{TRACK}}})", "{{track}} {{gpu_uuid}}"),
        )),
    ),
)  # fmt: skip

DASHBOARDS = (MODEL, ORT, TRITON)


def render(board: Dashboard) -> str:
    """Grafana's JSON (schema 39), with the Prometheus as a variable."""
    source = {"type": "prometheus", "uid": "${datasource}"}
    variables: list[Json] = [{"name": "datasource", "type": "datasource", "query": "prometheus"}]
    variables += [_variable(name, series, source) for name, series in board.variables]
    return json.dumps({
        "uid": board.uid, "title": board.title, "tags": list(board.tags), "schemaVersion": 39,
        "editable": False, "refresh": "30s", "time": {"from": "now-3h", "to": "now"}, "timezone": "",
        "graphTooltip": 1,
        "templating": {"list": variables},
        "panels": [_panel(number, panel, source) for number, panel in enumerate(board.panels)],
    }, indent=1) + "\n"  # fmt: skip


def _variable(name: str, series: str, source: Json) -> Json:
    query = f"label_values({series}, {name})"
    return {
        "name": name, "type": "query", "datasource": source, "definition": query,
        "query": {"query": query, "refId": name}, "refresh": 2, "sort": 1, "multi": True, "includeAll": True,
        "allValue": ".+", "current": {"text": "All", "value": "$__all"},
    }  # fmt: skip


def _panel(number: int, panel: Panel, source: Json) -> Json:
    row, column = divmod(number, _COLUMNS)
    heat = panel.kind == "heatmap"
    return {
        "id": number + 1, "type": panel.kind, "title": panel.title, "description": panel.about,
        "datasource": source,
        "gridPos": {"x": column * _WIDTH, "y": row * _HEIGHT, "w": _WIDTH, "h": _HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0} if panel.unit == "percentunit" and not heat
                        else {"unit": panel.unit}, "overrides": []},
        "options": {"calculate": False} if heat else {},
        "targets": [
            {"refId": chr(65 + index), "datasource": source, "expr": expression, "legendFormat": legend,
             "format": "heatmap" if heat else "time_series"}
            for index, (expression, legend) in enumerate(panel.queries)
        ],
    }  # fmt: skip


def files() -> Iterator[tuple[Path, str]]:
    """Every file and what it should hold."""
    for board in DASHBOARDS:
        yield HERE / board.path, render(board)


def main() -> int:
    """Write all; with `--check` write nothing, and 1 if one differs."""
    stale = [path for path, text in files() if not path.exists() or path.read_text() != text]
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(f"{path.name} differs from what {Path(__file__).name} writes: run it")
        return int(bool(stale))
    for path, text in files():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
