"""What a pod is allowed, how it starts, and how it goes."""

from pathlib import Path

import pytest

FILES = sorted((Path(__file__).parents[3] / "charts" / "onnx-serving" / "ci").glob("*-values.yaml"))
DEPLOYMENT = "Deployment/flight-delay-v1-11111111"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_security(chart, file):
    rendered = chart.render_file(file)
    for name, spec in rendered.pods():
        assert spec["automountServiceAccountToken"] is False, name
        assert spec["enableServiceLinks"] is False, name
        assert spec["securityContext"]["runAsNonRoot"] is True, name
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys(), name
    for name, container in rendered.containers():
        context = container["securityContext"]
        assert context["allowPrivilegeEscalation"] is False, name
        assert context["readOnlyRootFilesystem"] is True, name
        assert context["capabilities"] == {"drop": ["ALL"]}, name
        assert "@sha256:" in container["image"], name
        assert container["resources"]["limits"]["memory"], name
    for claim in ("hostPath", "secret"):
        for name, spec in rendered.pods():
            found = [volume["name"] for volume in spec.get("volumes", []) if claim in volume]
            assert set(found) <= {"hostPath": {"cache"}, "secret": {"token", "oci-token"}}[claim], name


def pod(rendered):
    return rendered[DEPLOYMENT]["spec"]["template"]["spec"]


@pytest.mark.parametrize("engine", ["ort", "triton"])
def test_probes_of_the_open_inference_protocol(chart, engine):
    (server,) = pod(chart.render(chart.values(engine)))["containers"]
    paths = {kind: server[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "readiness", "liveness")}
    ready = "/v2/models/flight-delay/ready"
    assert paths == {"startup": ready, "readiness": ready, "liveness": "/v2/health/live"}


def test_a_pod_serves_until_gateways_know_that_it_goes(chart):
    spec = pod(chart.render(chart.values()))
    (server,) = spec["containers"]
    sleep = server["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert 0 < sleep < spec["terminationGracePeriodSeconds"] - 20


def test_ort(chart):
    (server,) = pod(chart.render(chart.values()))["containers"]
    assert server["command"] == ["onnx-server"]
    assert server["args"][:3] == ["--config=/models/server.json", "--host=0.0.0.0", "--port=8080"]
    assert not any("track" in argument for argument in server["args"])


def test_ort_computes_where_the_pod_has_its_devices(chart):
    """Without an option it would hold a GPU and serve on the CPU."""
    (server,) = pod(chart.render(chart.values()))["containers"]
    assert [each for each in server["args"] if "gpu" in each or "provider" in each] == ["--provider=cpu"]
    gpu = {"kind": "whole", "memLimitBytes": 2**32, "arenaExtendStrategy": "same-as-requested"}
    (server,) = pod(chart.render(chart.values(gpu=gpu)))["containers"]
    wanted = ["--provider=cuda", "--gpu-mem-limit=4294967296", "--arena-extend-strategy=same-as-requested"]
    assert server["args"][-3:] == wanted


def test_triton(chart):
    spec = pod(chart.render(chart.values("triton", triton={"extraArgs": ["--log-verbose=1"]})))
    (server,) = spec["containers"]
    wanted = {"--model-repository=/models", "--model-control-mode=none", "--strict-readiness=true"}
    wanted |= {"--http-port=8000", "--grpc-port=8001", "--metrics-port=8002", "--log-verbose=1"}
    assert wanted <= set(server["args"])
    assert {port["name"]: port["containerPort"] for port in server["ports"]} == {
        "http": 8000, "grpc": 8001, "metrics": 8002,
    }  # fmt: skip
    (memory,) = [volume for volume in spec["volumes"] if volume["name"] == "shm"]
    assert memory["emptyDir"] == {"medium": "Memory", "sizeLimit": "64Mi"}


def test_the_budget_and_the_spread_are_of_the_same_pods(chart):
    rendered = chart.render(chart.values())
    selector = rendered[DEPLOYMENT]["spec"]["selector"]
    assert rendered["PodDisruptionBudget/flight-delay-v1-11111111"]["spec"]["selector"] == selector
    assert all(one["labelSelector"] == selector for one in pod(rendered)["topologySpreadConstraints"])


def test_the_network_is_closed_but_for_what_is_needed(chart):
    policy = chart.render(chart.values("triton", networkPolicy={"gatewayCidrs": ["10.0.0.1/32"]}))[
        "NetworkPolicy/flight-delay"
    ]
    spec = policy["spec"]
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    requests, metrics = spec["ingress"]
    assert [port["port"] for port in requests["ports"]] == ["http", "grpc"]
    assert requests["from"][0]["namespaceSelector"]["matchLabels"] == {
        "kubernetes.io/metadata.name": "gateway"
    }
    assert requests["from"][1]["ipBlock"] == {"cidr": "10.0.0.1/32"}
    assert [port["port"] for port in metrics["ports"]] == ["metrics"]
    names, fetch, test = spec["egress"]
    assert {port["port"] for port in names["ports"]} == {53}
    assert [port["port"] for port in fetch["ports"]] == [3000], "the port of artifacts.url"
    assert all(block["ipBlock"]["except"] for block in fetch["to"]), "no way to a metadata service"
    assert [port["port"] for port in test["ports"]] == ["http"]


@pytest.mark.parametrize(
    ("url", "ports"),
    [("https://forge/raw", [443]), ("http://forge/raw", [80]), ("http://[fd00::1]:81/raw", [81])],
)
def test_the_port_of_the_fetch(chart, url, ports):
    policy = chart.render(chart.values(artifacts={"url": url}))["NetworkPolicy/flight-delay"]
    assert [port["port"] for port in policy["spec"]["egress"][1]["ports"]] == ports


@pytest.mark.parametrize(
    ("repository", "redirects", "ports"),
    [
        ("registry.internal:5000/models", [], [3000, 5000]),
        ("registry.internal:5000/team/models", ["blobs.internal"], [3000, 5000, 443]),
        ("registry.internal/models", ["blobs.internal"], [3000, 443]),
        ("registry.internal:3000/models", [], [3000]),
        ("", ["blobs.internal"], [3000, 443]),
    ],
)
def test_the_ports_of_a_registry_and_of_redirects(chart, repository, redirects, ports):
    artifacts = {"oci": {"repository": repository}, "redirectHosts": redirects}
    policy = chart.render(chart.values(artifacts=artifacts))["NetworkPolicy/flight-delay"]
    assert [port["port"] for port in policy["spec"]["egress"][1]["ports"]] == ports


def test_the_test_asks_both_services(chart):
    test = chart.render(chart.values())["Pod/flight-delay-test"]
    assert test["metadata"]["annotations"]["helm.sh/hook"] == "test"
    compile(test["spec"]["containers"][0]["command"][2], "test", "exec")
    assert test["spec"]["containers"][0]["command"][3:] == [
        f"http://flight-delay-{track}:8080/v2/models/flight-delay/ready" for track in ("stable", "canary")
    ]


@pytest.mark.parametrize(
    ("engine", "option"), [("ort", "--finish-seconds=77"), ("triton", "--exit-timeout-secs=77")]
)
def test_the_server_knows_how_long_it_may_answer_what_it_has(chart, engine, option):
    end = {"drainSeconds": 77, "graceSeconds": 100}
    (server,) = pod(chart.render(chart.values(engine, termination=end)))["containers"]
    assert option in server["args"]


@pytest.mark.parametrize(
    ("engine", "artifacts", "level"),
    [
        ("ort", {}, "restricted"),
        ("ort", {"cache": {"hostPath": "/srv/c"}}, "privileged"),
        ("kserve", {}, "baseline"),
    ],
)
def test_a_preview_has_its_namespace_and_quota(chart, engine, artifacts, level):
    rendered = chart.render(
        chart.values(engine, artifacts=artifacts, preview={"enabled": True}, route={"domain": "a.b"}),
        namespace="preview-7",
    )
    labels = rendered["Namespace/preview-7"]["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == level
    quota = rendered["ResourceQuota/preview"]["spec"]["hard"]
    for _, container in rendered.containers():
        resources = container["resources"]
        for name in quota.keys() - {"pods"}:
            kind, _, resource = name.partition(".")
            assert resource in resources[kind], "the quota would refuse the pod"


@pytest.mark.parametrize("traffic", ["gateway-api", "istio"])
def test_a_preview_takes_no_request_of_its_environment(chart, traffic):
    """Its values are those of an environment, whose own hostnames lead to that environment."""
    route = {"domain": "a.b", "hostnames": ["flights.example.com"], "grpc": {"hostnames": ["g.example.com"]}}
    values = chart.values("triton", traffic=traffic, route=route)
    names = {"flight-delay.production.a.b", "flight-delay-grpc.production.a.b"}
    assert hostnames(chart.render(values)) == names | {"flights.example.com", "g.example.com"}
    values["preview"] = {"enabled": True}
    assert hostnames(chart.render(values, namespace="preview-7")) == names


def hostnames(rendered):
    routes = [*rendered.of("HTTPRoute"), *rendered.of("GRPCRoute"), *rendered.of("VirtualService")]
    return {host for one in routes for host in one["spec"].get("hostnames") or one["spec"]["hosts"]}


def test_the_gate_may_ask_a_canary_and_nobody_else_of_its_namespace(chart):
    policy = chart.render(chart.values(networkPolicy={"gateNamespaces": ["sluicegate"]}))[
        "NetworkPolicy/flight-delay"
    ]
    assert {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "sluicegate"}},
        "podSelector": {"matchLabels": {"app.kubernetes.io/name": "sluice-gate"}},
    } in policy["spec"]["ingress"][0]["from"]


@pytest.mark.parametrize(("engine", "container"), [("ort", "containers"), ("triton", "initContainers")])
def test_whichever_engine_serves_it_is_warm_before_it_is_ready(chart, engine, container):
    rendered = chart.render(chart.values(engine, warmup={"requests": 7}))
    (arguments,) = [one["args"] for one in pod(rendered)[container]]
    assert "--warmup=7" in arguments
