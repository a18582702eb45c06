"""ServiceMonitors, rules and dashboards."""

import json
import subprocess

import pytest
import yaml
from harness.queries import Query

ON = {"serviceMonitor": {"enabled": True, "interval": "5s"}, "labels": {"release": "prometheus"}}


def test_a_monitor_gives_each_target_its_track(chart):
    rendered = chart.render(chart.values(monitoring=ON))
    for track in ("stable", "canary"):
        monitor = rendered[f"ServiceMonitor/flight-delay-{track}"]
        assert monitor["metadata"]["labels"]["release"] == "prometheus"
        chosen = monitor["spec"]["selector"]["matchLabels"]
        matching = [
            one for one in rendered.of("Service") if chosen.items() <= one["metadata"]["labels"].items()
        ]
        assert [one["metadata"]["name"] for one in matching] == [f"flight-delay-{track}"]
        (endpoint,) = monitor["spec"]["endpoints"]
        assert endpoint["honorLabels"] is False
        sources = {one["targetLabel"]: one["sourceLabels"][0] for one in endpoint["relabelings"]}
        label = "__meta_kubernetes_service_label_sluicegate_dev"
        assert sources["model"] == f"{label}_model" and sources["track"] == f"{label}_track"
        assert sources["namespace"] == "__meta_kubernetes_namespace"
        assert endpoint["metricRelabelings"] == [
            {"action": "labeldrop", "regex": "exported_(namespace|model|track|environment)"}
        ]


def rules(rendered) -> dict[str, str]:
    """Every expression by file and name."""
    found = {}
    for body in rendered.of("PrometheusRule"):
        stem = body["metadata"]["name"].removeprefix("flight-delay-")
        for group in body["spec"]["groups"]:
            for rule in group["rules"]:
                found[f"{stem} {rule.get('alert') or rule['record']}"] = rule["expr"]
    return found


@pytest.mark.parametrize(
    ("engine", "traffic", "gateway"),
    [
        *[
            (engine, "gateway-api", gateway)
            for engine in ("ort", "triton")
            for gateway in ("traefik", "istio", "none")
        ],
        *[("triton", "istio", gateway) for gateway in ("istio", "none")],
        ("kserve", "kserve", "none"),
    ],
)
def test_rules_are_of_this_engine_and_this_gateway(chart, engine, traffic, gateway):
    on = {"prometheusRule": {"enabled": True, "gateway": gateway}}
    values = chart.values(engine, traffic=traffic, monitoring=on)
    found = {name.split()[0] for name in rules(chart.render(values))}
    of_gateway = set() if gateway == "none" else {f"gateway-{gateway}"}
    assert found == {"slo", "ort" if engine == "ort" else "triton"} | of_gateway


@pytest.mark.parametrize("engine", ["ort", "triton"])
@pytest.mark.parametrize("gateway", ["traefik", "istio"])
def test_every_selector_is_of_this_release_alone(chart, engine, gateway):
    """An alert of one model is never another's; what joins on narrowed series needs no text of its own."""
    on = {"prometheusRule": {"enabled": True, "gateway": gateway, "kube": True}}
    place, model = chart.namespace, chart.model
    scopes = (
        {f'namespace="{place}"', f'model="{model}"'},
        {'environment="production"', f'model="{model}"'},
        {f'service=~"{place}-{model}-('},
        {f'namespace="{place}"', f'pod=~"{model}-v['},
        {f'destination_service_namespace="{place}"', f'destination_service_name=~"{model}-('},
    )
    found = rules(chart.render(chart.values(engine, monitoring=on)))
    for name, expression in found.items():
        for selector in Query(name, expression).selectors:
            if not selector.startswith("sluice:gateway_service:info"):
                assert any(all(text in selector for text in scope) for scope in scopes), f"{name}: {selector}"
    assert len(found) > 40
    assert [name for name, expression in found.items() if '=~".+' in expression] == []


def test_a_narrowed_rule_is_the_files_own_otherwise(chart, tmp_path):
    """Prometheus' own templates, limits and words are as in the file, and promtool takes them."""
    on = {"prometheusRule": {"enabled": True, "kube": True}}
    for found in chart.render(chart.values(monitoring=on)).of("PrometheusRule"):
        stem = found["metadata"]["name"].removeprefix("flight-delay-")
        groups = yaml.safe_load((chart.path / f"files/rules/{stem}.yaml").read_text())["groups"]
        assert bare(found["spec"]["groups"]) == bare(groups)
        (tmp_path / "rules.yaml").write_text(yaml.safe_dump(found["spec"]))
        command = ["promtool", "check", "rules", tmp_path / "rules.yaml"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def bare(groups):
    return [{**group, "rules": [{**rule, "expr": None} for rule in group["rules"]]} for group in groups]


def test_objectives_stand_in_limits_buckets_and_words(chart):
    on = {"prometheusRule": {"enabled": True, "errorShare": 0.00005, "slowMilliseconds": 50}}
    text = chart.render(chart.values(monitoring=on)).text
    assert "> 14.4 * 5e-05" in text and "> 6 * 5e-05" in text and "* 0.001" not in text
    assert 'le="0.05"' in text and 'le="0.1"' not in text
    assert "take longer than 50 ms" in text and "100 ms" not in text
    istio = chart.merged(on, {"prometheusRule": {"gateway": "istio"}})
    text = chart.render(chart.values(monitoring=istio)).text
    assert 'le="50"' in text and 'le="100"' not in text
    said = chart.refusal(chart.values(monitoring={"prometheusRule": {"slowMilliseconds": 70}}))
    assert "/monitoring/prometheusRule/slowMilliseconds" in said


def test_without_a_model_rules_and_dashboards_are_the_files(chart):
    rule = {"enabled": True, "kube": True, "allModels": True}
    rendered = chart.render({"monitoring": {"prometheusRule": rule, "dashboards": {"enabled": True}}})
    for path in (chart.path / "files/rules").glob("*.yaml"):
        if path.stem != "gateway-istio":
            found = rendered[f"PrometheusRule/{chart.model}-{path.stem}"]
            assert found["spec"] == yaml.safe_load(path.read_text())
    for path in (chart.path / "files/dashboards").glob("*.json"):
        found = rendered[f"ConfigMap/{chart.model}-{path.stem.replace('_', '-')}"]
        assert json.loads(found["data"][path.name]) == json.loads(path.read_text())
        assert found["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert rendered.kinds() <= {"PrometheusRule", "ConfigMap"}


def test_rules_of_all_models_are_of_any_traffic(chart):
    """They are the cluster's: the traffic that an unserving release names tells nothing of it."""
    on = {"prometheusRule": {"enabled": True, "allModels": True}}
    assert chart.render({"traffic": "istio", "monitoring": on}).kinds() == {"PrometheusRule"}


def test_dashboards_beside_a_track_are_refused(chart):
    """Their uids are fixed: the second release that brought them would fight the first for them."""
    said = chart.refusal(chart.values(monitoring={"dashboards": {"enabled": True}}))
    assert "monitoring.dashboards.enabled:" in said and "without tracks" in said


def test_off_unless_asked(chart):
    kinds = chart.render(chart.values()).kinds()
    assert kinds.isdisjoint({"ServiceMonitor", "PrometheusRule", "ConfigMap"})


@pytest.mark.parametrize(
    "metadata", [{}, {"metadata": {"model": "flight-delay", "environment": "production"}}]
)
def test_a_deleted_release_leaves_no_rules(chart, metadata):
    """Or its Application is not empty, and Argo CD's guard lets it prune what serves."""
    on = {"prometheusRule": {"enabled": True, "kube": True}, "serviceMonitor": {"enabled": True}}
    assert chart.render({"monitoring": on, **metadata}).objects == {}


def test_rules_of_all_models_beside_a_track_are_refused(chart):
    said = chart.refusal(chart.values(monitoring={"prometheusRule": {"allModels": True}}))
    assert "- monitoring.prometheusRule.allModels: " in said and "without tracks" in said
