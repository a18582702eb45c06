"""A change of charts, values or environments is judged for the models that it does not touch."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from sluicegate.validators.checks import affected_renders

ROOT = Path(__file__).parents[3]
CHECKS = ("chart-renders", "affected-renders", "gate-renders", "gpu-fit", "environment-gpus")
PLACED = [word for name in CHECKS for word in ("--check", name)]
NOTHING = ("not run: left out", "nothing that the gate's", "no other model's manifests", "dev is embedded")
"""What is said of what a change does not touch."""
VALUES = f"""\
images:
  ort: {{repository: example.org/onnx-server, digest: "sha256:{"3" * 64}"}}
artifacts: {{url: "http://forge:3000/o/r/raw"}}
"""


def in_cluster(work, name: str = "production") -> None:
    path = f"environments/{name}/environment.yaml"
    work.edit(path, "traffic: embedded", "traffic: gateway-api")
    work.edit(path, "source: scrape,", "source: prometheus, gateway: traefik,")


@pytest.fixture
def cluster(work):
    """The work tree with the chart, and `production` in a cluster; a branch `topic` to change."""
    for name in ("onnx-serving", "schemas"):
        shutil.copytree(ROOT / "charts" / name, work.root / "charts" / name)
    in_cluster(work)
    work.write("environments/production/values.yaml", VALUES)
    work.commit()
    work.git("switch", "--quiet", "--create", "topic")
    return work


@pytest.fixture
def judged(sluice, cluster):
    def run(*words: str, code: int = 0) -> list[dict]:
        cluster.commit()
        result = sluice(
            "validate", "-C", cluster.root, "--format", "json", "--changed", "main..topic", *(words or PLACED)
        )
        assert result.exit_code == code, result.output
        return [
            f
            for f in json.loads(result.stdout)["findings"]
            if f["check"] in CHECKS and not f["message"].startswith(NOTHING)
        ]

    return run


def another(work, name: str) -> None:
    shutil.copytree(work.root / "models/tiny", work.root / "models" / name)
    work.edit(f"models/{name}/model.yaml", 'name: "tiny"', f"name: {name}")


def test_a_values_file_alone(cluster, judged, charting) -> None:
    cluster.write("environments/production/tiny/values.yaml", "replicas: 1\nenginee: ort\n")
    found = next(f for f in judged(code=1) if f["verdict"] == "fail")
    assert (found["check"], found["model"]) == ("affected-renders", "")
    assert found["message"] == "production: tiny: enginee: no such key"
    assert (found["path"], found["line"]) == ("environments/production/tiny/values.yaml", 2)


def test_a_chart_alone_renders_one_of_each_kind(cluster, judged, charting) -> None:
    another(cluster, "tiny-with-a-longer-name")
    another(cluster, "own")
    cluster.write("environments/production/own/values.yaml", "replicas: 3\n")
    cluster.git("switch", "--quiet", "main")
    cluster.commit()
    cluster.git("switch", "--quiet", "topic")
    cluster.git("merge", "--quiet", "main")
    cluster.edit("charts/onnx-serving/values.yaml", "replicas: 2 ", "replicas: 1 ")
    found = [f["message"] for f in judged()]
    assert [
        text for text in found if "production: tiny-with-a-longer-name renders with the engine ort" in text
    ]
    assert [text for text in found if "production: own renders with the engine ort" in text]
    assert "production: tiny-with-a-longer-name is rendered for tiny, which have the same values" in found
    assert "production: no model asks for a GPU" in found
    assert not [text for text in found if "dev" in text]


def test_beyond_the_limit_nothing_is_left_out_silently(cluster, judged, charting, monkeypatch) -> None:
    cluster.write("environments/production/tiny/values.yaml", "replicas: 1\n")
    monkeypatch.setattr(affected_renders, "MOST", 0)
    (found,) = [f for f in judged(code=1) if f["check"] == "affected-renders"]
    assert (found["verdict"], found["message"]) == (
        "inconclusive",
        "not rendered, beyond the first 0: production/tiny",
    )
    assert found["remedy"]


def test_a_smaller_pool_alone(cluster, judged, charting) -> None:
    cluster.write("environments/production/tiny/values.yaml", "gpu: {kind: whole}\n")
    cluster.edit(
        "environments/production/environment.yaml",
        "  traffic:",
        "  gpu_pool: {name: a100, nodes: 1, resources: {nvidia.com/gpu: 4}}\n  traffic:",
    )
    (found,) = [f for f in judged(code=1) if f["check"] == "environment-gpus"]
    assert (found["verdict"], found["path"]) == ("fail", "environments/production/environment.yaml")
    assert "production: needs 6 of 4 nvidia.com/gpu" in found["message"]


def test_a_model_that_is_judged_itself_is_not_judged_twice(cluster, judged, charting) -> None:
    cluster.edit("models/tiny/model.yaml", "version: 1", "version: 2")
    cluster.write("environments/production/values.yaml", VALUES + "replicas: 1\n")
    found = [f for f in judged() if f["check"] == "chart-renders"]
    assert [(f["model"], f["message"][:27]) for f in found] == [("tiny", "production: tiny renders wi")]


@pytest.fixture
def gated(cluster):
    """The gate's chart is there as well, as of main."""
    shutil.copytree(ROOT / "charts/gate", cluster.root / "charts/gate")
    cluster.git("switch", "--quiet", "main")
    cluster.commit()
    cluster.git("switch", "--quiet", "topic")
    cluster.git("merge", "--quiet", "main")
    return cluster


def test_the_gate_is_rendered_where_its_values_change(gated, judged, charting) -> None:
    gated.write("environments/gate.yaml", "interval: 5\nonly: [production]\n")
    (found,) = judged()
    assert found["check"] == "gate-renders"
    assert found["message"].startswith("the gate renders as `sluice bootstrap` installs it (")
    gated.write("environments/gate.yaml", "# ours\nintervall: 5\n")
    (found,) = judged(code=1)
    assert (found["verdict"], found["message"]) == ("fail", "the gate: intervall: no such key")
    assert (found["path"], found["line"]) == ("environments/gate.yaml", 2)
    gated.write("environments/gate.yaml", "interval: 5\ninterval: 6\n")
    (found,) = judged(code=1)
    assert (found["path"], found["line"]) == ("environments/gate.yaml", 2)


def test_the_gate_watches_only_environments_that_there_are(gated, judged, charting) -> None:
    gated.write("environments/gate.yaml", "interval: 5\nonly:\n  - production\n  - prodction\n")
    found = next(f for f in judged(code=1) if f["verdict"] == "fail")
    assert found["message"] == "only[1]: there is no environment 'prodction' for the gate to watch"
    assert (found["path"], found["line"]) == ("environments/gate.yaml", 4)
    assert "production" in found["remedy"]


def test_all_of_the_work_tree_is_its_environments_and_the_gate_as_well(gated, sluice, charting) -> None:
    def all_of_it(code: int) -> list[dict]:
        words = [w for id in ("environment-valid", "name-conflicts", "gate-renders") for w in ("--check", id)]
        result = sluice("validate", "-C", gated.root, "--all", "--format", "json", *words)
        assert result.exit_code == code, result.output
        return json.loads(result.stdout)["findings"]

    sound = [f["message"] for f in all_of_it(0)]
    assert [text for text in sound if text.startswith("the gate renders as")]
    assert "production is valid" in sound
    text = (gated.root / "environments/production/environment.yaml").read_text()
    gated.write("environments/other/environment.yaml", text.replace("name: production", "name: other"))
    refused = [f for f in all_of_it(1) if f["verdict"] == "fail" and f["check"] == "name-conflicts"]
    assert "the namespace models-production of the cluster" in refused[0]["message"]
    assert (refused[0]["path"], refused[0]["line"] > 0) == ("environments/production/environment.yaml", True)


def test_the_gate_s_chart_is_checked_against_the_schemas(gated, judged, charting) -> None:
    path = "charts/gate/templates/deployment.yaml"
    text = (gated.root / path).read_text()
    gated.write(path, text.replace("  replicas:", "  replikas:"))
    (found,) = judged(code=1)
    assert "the gate: Deployment gate: spec: additional properties 'replikas' not allowed" in found["message"]


def test_the_gate_s_chart_reads_nothing_from_elsewhere(gated, judged, charting) -> None:
    gated.edit("charts/gate/values.schema.json", '"#/definitions/secretName"', '"file:///etc/passwd"')
    (found,) = judged(code=1)
    assert (found["verdict"], "refers to 'file:///etc/passwd'" in found["message"]) == ("fail", True)


def test_the_gate_is_rendered_for_a_changed_environment(gated, judged, charting) -> None:
    gated.edit("environments/production/environment.yaml", "namespace: models-production", "namespace: other")
    assert [f for f in judged() if f["message"].startswith("the gate renders")]


def test_values_of_a_gate_without_its_chart_are_refused(cluster, judged, charting) -> None:
    cluster.write("environments/gate.yaml", "interval: 5\n")
    (found,) = judged(code=1)
    assert (found["verdict"], found["message"]) == ("fail", "charts/gate is not there")


def test_without_a_cluster_it_is_said_that_nothing_is_rendered(work, sluice) -> None:
    work.git("switch", "--quiet", "--create", "topic")
    work.write("charts/onnx-serving/values.yaml", "replicas: 1\n")
    work.commit()
    result = sluice("validate", "-C", work.root, "--format", "json", "--changed", "main..topic")
    assert result.exit_code == 0, result.output
    messages = [f["message"] for f in json.loads(result.stdout)["findings"]]
    assert "nothing to render: no environment runs in a cluster" in messages
