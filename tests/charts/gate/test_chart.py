"""What the chart renders: objects that the API knows, probes, budgets, alerts, dashboards."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from sluicegate.ci.__main__ import main

from .conftest import CASES, CHART, DIGEST, ROOT, Render, helm, pod, tool


@pytest.mark.parametrize("case", CASES)
def test_every_case_renders_what_the_api_knows(render: Render, case: str):
    objects = render(file=case)
    schemas = ROOT / "charts" / "schemas"
    text = "---\n".join(
        yaml.safe_dump(one)
        for one in objects.values()
        if (schemas / f"{one['kind'].lower()}-{kind_suffix(one['apiVersion'])}.json").exists()
    )
    pattern = f"{schemas}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json"
    done = subprocess.run(
        [tool("kubeconform"), "-strict", "-schema-location", pattern, "-"],
        input=text, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert text.count("kind: ") > 5


def kind_suffix(api: str) -> str:
    group, _, version = api.rpartition("/")
    return f"{group.partition('.')[0]}-{version}" if group else version


@pytest.mark.parametrize("case", CASES)
def test_its_project_allows_every_kind_that_it_renders(render: Render, case: str):
    manifests = ROOT / "ci" / "bootstrap" / "manifests" / "gate.yaml"
    project, _ = yaml.safe_load_all(manifests.read_text())
    for one in render(file=case).values():
        scope = "namespace" if one["metadata"].get("namespace") else "cluster"
        kind = {"group": one["apiVersion"].rpartition("/")[0], "kind": one["kind"]}
        assert kind in project["spec"][f"{scope}ResourceWhitelist"]


@pytest.mark.parametrize("case", CASES)
def test_the_command_knows_every_argument_that_it_gets(render: Render, case: str):
    (container,) = pod(render(file=case))["spec"]["containers"]
    done = CliRunner().invoke(main, [*container["args"], "--help"], env={"SLUICE_REPO": "x"})
    assert done.exit_code == 0, done.output
    for argument in container["args"][2:]:
        assert argument.partition("=")[0] in done.output


@pytest.mark.parametrize("mode", ["deployment", "cronjob"])
def test_it_looks_at_the_environments_that_are_named(render: Render, mode: str):
    def looked_at(values: dict[str, Any]) -> list[str]:
        objects = render({"mode": mode, **values})
        (whole,) = [one for one in objects.values() if one["kind"] in ("Deployment", "CronJob")]
        template = whole["spec"].get("jobTemplate", whole)["spec"]["template"]
        arguments = template["spec"]["containers"][0]["args"]
        return [word for word in arguments if word.startswith("--env")]

    assert looked_at({}) == []
    assert looked_at({"only": ["dev", "staging"]}) == ["--env=dev", "--env=staging"]


def test_a_second_replica_gets_a_budget(render: Render):
    assert not [one for one in render() if one.startswith("PodDisruptionBudget")]
    assert [one for one in render({"replicas": 2}) if one.startswith("PodDisruptionBudget")]


def test_a_gate_that_starts_slowly_is_not_killed_for_it(render: Render):
    (container,) = pod(render())["spec"]["containers"]
    startup, liveness = container["startupProbe"], container["livenessProbe"]
    assert startup["httpGet"] == liveness["httpGet"]
    assert startup["failureThreshold"] * startup["periodSeconds"] >= 600
    assert liveness["failureThreshold"] * liveness["periodSeconds"] < 120


def test_a_cronjob_never_runs_twice_at_once(render: Render):
    (job,) = [one for one in render({"mode": "cronjob"}).values() if one["kind"] == "CronJob"]
    assert job["spec"]["concurrencyPolicy"] == "Forbid"
    assert job["spec"]["jobTemplate"]["spec"]["backoffLimit"] == 0


def test_a_key_of_digits_is_a_text(render: Render):
    spec = pod(render({"kubeconfigSecret": {"name": "clusters", "key": "123"}}))["spec"]
    (volume,) = [one for one in spec["volumes"] if one["name"] == "kubeconfig"]
    assert volume["secret"]["items"] == [{"key": "123", "path": "123"}]
    (env,) = [one for one in spec["containers"][0]["env"] if one["name"] == "KUBECONFIG"]
    assert env["value"] == "/var/run/sluicegate/kubeconfig/123"


def test_every_whole_number_has_its_bounds(whole_numbers):
    """Helm's numbers are floats: one beyond Kubernetes' own types would be rendered negative."""
    found, loose = whole_numbers(json.loads((CHART / "values.schema.json").read_text()))
    assert loose == [] and len(found) == 5


def leaves(values: Any, path: str = "") -> list[str]:
    if not isinstance(values, dict) or not values or path in ("resources", "metrics.dashboards.labels"):
        return [path]
    return [one for key, value in values.items() for one in leaves(value, f"{path}.{key}" if path else key)]


def test_every_value_is_documented():
    readme = (CHART / "README.md").read_text()
    names = set()
    for row in re.findall(r"^\| (`[^|]*) \|", readme, re.MULTILINE):
        first, *more = re.findall(r"`([^`]+)`", row)
        names |= {first} | {first.rpartition(".")[0] + one if one.startswith(".") else one for one in more}
    assert set(leaves(yaml.safe_load((CHART / "values.yaml").read_text()))) <= names


def test_every_alert_and_panel_asks_for_a_series_that_the_gate_has(render: Render):
    from prometheus_client import generate_latest

    from sluicegate.gate.daemon.telemetry import Telemetry

    telemetry = Telemetry(1)
    known = set(re.findall(r"^# TYPE (\S+)", generate_latest(telemetry.registry).decode(), re.MULTILINE))
    known |= {f"{name}_{end}" for name in known for end in ("sum", "count")}
    texts = [path.read_text() for path in (CHART / "files").rglob("*.*")]
    asked = {name for text in texts for name in re.findall(r"\bsluice_gate_\w+", text)}
    assert asked <= known and len(asked) > 8
    dashboards = render()["ConfigMap/sluicegate/gate-dashboards"]["data"]
    files = sorted((CHART / "files" / "dashboards").glob("*.json"))
    assert sorted(dashboards) == [f"sluicegate-{path.name}" for path in files] != []
    for path in files:
        assert dashboards[f"sluicegate-{path.name}"] == path.read_text()
    rules = render(file="deployment-values.yaml")["PrometheusRule/sluicegate/gate"]
    assert rules["spec"] == yaml.safe_load((CHART / "files" / "rules" / "gate.yaml").read_text())


def test_alerts_fire_when_they_should_and_only_then():
    cases = Path(__file__).with_name("alerts.yaml")
    done = subprocess.run([tool("promtool"), "test", "rules", cases], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_takes_the_values_that_bootstrap_gives_it():
    from sluicegate.ci.bootstrap.options import GateOptions, InstallOptions
    from sluicegate.ci.bootstrap.plan import objects
    from sluicegate.ci.bootstrap.repository_config import RepositoryConfig
    from sluicegate.specs.environment import EnvironmentSpec, Metrics
    from sluicegate.specs.layout import PROJECT_MANIFEST, RELEASES_MANIFEST

    metrics = Metrics("prometheus", "http://127.0.0.1:9090")
    said = RepositoryConfig(
        "c",
        (EnvironmentSpec("a", "models-a", metrics, "istio"),),
        (),
        {PROJECT_MANIFEST: (), RELEASES_MANIFEST: ()},
    )
    wanted = InstallOptions(
        "https://x/a/b.git", gate=GateOptions("localhost/gate", DIGEST, "sluicegate", "secret")
    )
    application = objects(said, wanted)[-1]
    values = application["spec"]["source"]["helm"]["valuesObject"]
    text = helm(given=values)
    assert f"localhost/gate@{DIGEST}" in text and "namespace: models-a" in text
