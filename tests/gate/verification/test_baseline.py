"""A release beside a baseline, by the gate: its file at each step, and `sluice verify` of all of it."""

from __future__ import annotations

from pathlib import Path

from support.gate_scene import ENVIRONMENT, RELEASE, Scene
from support.specs import environment_yaml

from sluicegate.gate.adapters.git.repository import EVIDENCE
from sluicegate.gate.verification import verify
from sluicegate.specs.release_file import read
from sluicegate.specs.yamlio import parse


def test_a_history_with_a_baseline_is_sound(tmp_path: Path):
    scene = Scene(tmp_path)
    scene.merge({ENVIRONMENT: environment_yaml("production", extra="  rollout: {baseline: true}\n")})
    scene.merge_version(1)
    scene.tick_until_stable(1)
    scene.merge_version(2)
    scene.tick_until_stable(2)
    scene.gateway.failure_rate["canary"] = 0.5
    scene.merge_version(3)
    scene.ticks(8)
    scene.repository.fetch()
    main, records = scene.repository.tip("main"), scene.repository.tip(EVIDENCE)
    report = verify(scene.repository, main, records)
    assert report.findings == []
    assert report.replayed == report.decisions > 8
    seen = []
    commits = scene.repository.git.run("log", "--format=%H", "--reverse", main, "--", RELEASE)
    for commit in commits.decode().split():
        release = read(parse(scene.repository.git.run("show", f"{commit}:{RELEASE}"), RELEASE))
        seen.append((release.weight, release.baseline))
    assert set(seen) == {(0, False), (5, True), (50, False), (100, False)}
    assert seen[-1] == (0, False), "version 3 was rolled back"
    scene.close()
