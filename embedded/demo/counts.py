"""What the gateway counted: requests of each track, and how many of stable's failed."""

from __future__ import annotations

import urllib.request
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families


@dataclass(frozen=True)
class Answered:
    """Requests since the gateway started."""

    canary: int
    stable: int
    failed_stable: int


def answered(url: str, model: str) -> Answered:
    """Read a gateway's /metrics at `url`."""
    with urllib.request.urlopen(url, timeout=10) as response:  # noqa: S310  # our own loopback address
        families = text_string_to_metric_families(response.read().decode())
    counted = [
        (sample.labels["track"], sample.labels["code"], int(sample.value))
        for family in families
        for sample in family.samples
        if sample.name == "sluice_gateway_requests_total" and sample.labels["model"] == model
    ]
    return Answered(
        canary=sum(n for track, _, n in counted if track == "canary"),
        stable=sum(n for track, _, n in counted if track == "stable"),
        failed_stable=sum(n for track, code, n in counted if track == "stable" and not code.startswith("2")),
    )
