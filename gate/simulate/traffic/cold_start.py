"""A canary whose pods are slow at first: caches, lazy loading, just-in-time compilation."""

from __future__ import annotations

from dataclasses import replace

from sluicegate.gate.simulate.traffic.base import Rates, Rng, Setting, steady


def cold_start(_rng: Rng, setting: Setting, answers: int) -> Rates:
    """The first `answers` of each of the canary's pods fail."""
    return replace(steady(setting), cold=answers * setting.replicas[0])
