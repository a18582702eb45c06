"""What the gate may do in a cluster: its roles, the fence around it, its pod and its secrets."""

from typing import Any

import pytest

from .conftest import CASES, Refused, Render, pod

ENVIRONMENTS = [
    {"namespace": "models", "traffic": "gateway-api"},
    {"namespace": "others", "traffic": "istio"},
]


@pytest.mark.parametrize("case", CASES)
def test_the_pod_has_no_right_that_it_does_not_need(render: Render, case: str):
    spec = pod(render(file=case))["spec"]
    (container,) = spec["containers"]
    assert "@sha256:" in container["image"]
    assert spec["securityContext"]["runAsNonRoot"] and spec["securityContext"]["runAsUser"] > 0
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "runAsNonRoot": True,
        "privileged": False,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    (repo,) = [one for one in container["env"] if one["name"] == "SLUICE_REPO"]
    assert set(repo) == {"name", "valueFrom"} and "secretKeyRef" in repo["valueFrom"]
    assert not [word for word in container["args"] if "repo" in word]


def rights(objects: dict[str, Any]) -> set[tuple[str, str, str]]:
    bound = {
        (one["metadata"]["namespace"], one["roleRef"]["name"])
        for one in objects.values()
        if one["kind"] == "RoleBinding"
    }
    found = set()
    for one in objects.values():
        assert one["kind"] not in ("ClusterRole", "ClusterRoleBinding")
        if one["kind"] != "Role":
            continue
        namespace = one["metadata"]["namespace"]
        assert (namespace, one["metadata"]["name"]) in bound
        for rule in one["rules"]:
            assert "*" not in rule["verbs"] + rule["resources"] + rule["apiGroups"]
            found |= {(namespace, resource, verb) for resource in rule["resources"] for verb in rule["verbs"]}
    return found


def test_it_may_only_read_and_ask_for_a_refresh(render: Render):
    reads = {
        ("argocd", "applications", "get"),
        ("models", "services", "get"),
        ("models", "deployments", "list"),
        ("models", "httproutes", "get"),
        ("others", "services", "get"),
        ("others", "deployments", "list"),
        ("others", "virtualservices", "get"),
    }
    lease = {("sluicegate", "leases", verb) for verb in ("create", "get", "update")}
    objects = render({"environments": ENVIRONMENTS})
    assert rights(objects) == reads | lease | {("argocd", "applications", "patch")}
    assert [one for one in objects if one.startswith("ValidatingAdmissionPolicyBinding")]
    quiet = render({"environments": ENVIRONMENTS, "mode": "cronjob", "argocd": {"refresh": False}})
    assert rights(quiet) == reads
    assert not [one for one in quiet if "Admission" in one]
    for rendered, wanted in ((objects, "1"), (quiet, "0")):
        (container,) = pod(rendered)["spec"]["containers"]
        assert {"name": "SLUICE_REFRESH", "value": wanted} in container["env"]


def test_two_traffics_of_one_namespace_make_one_role(render: Render):
    both = [{"namespace": "m", "traffic": kind} for kind in ("istio", "gateway-api", "kserve")]
    found = {one for one in rights(render({"environments": both})) if one[0] == "m"}
    assert {one[1] for one in found} == {
        "services", "deployments", "httproutes", "virtualservices", "inferenceservices",
    }  # fmt: skip


def test_the_fence_is_the_gates_own_account(render: Render):
    objects = render({"serviceAccount": {"name": "walker"}})
    (policy,) = [one for one in objects.values() if one["kind"] == "ValidatingAdmissionPolicy"]
    (condition,) = policy["spec"]["matchConditions"]
    assert condition["expression"].endswith("== 'system:serviceaccount:sluicegate:walker'")
    assert policy["spec"]["failurePolicy"] == "Fail"
    (binding,) = [one for one in objects.values() if one["kind"] == "ValidatingAdmissionPolicyBinding"]
    assert binding["spec"] == {"policyName": policy["metadata"]["name"], "validationActions": ["Deny"]}
    assert "Role/sluicegate/gate-lease" in objects


def test_the_key_of_the_evidence_comes_from_a_secret_alone(render: Render):
    def keys(values: dict[str, Any]) -> list[Any]:
        (container,) = pod(render(values))["spec"]["containers"]
        assert not [word for word in container["args"] if "signing" in word]
        return [one for one in container["env"] if one["name"] == "SLUICE_SIGNING_KEY"]

    assert keys({}) == []
    (env,) = keys({"signingKeySecret": {"name": "evidence", "key": "7"}})
    assert env == {
        "name": "SLUICE_SIGNING_KEY",
        "valueFrom": {"secretKeyRef": {"name": "evidence", "key": "7"}},
    }


def test_github_is_named_in_the_environment_alone_and_only_with_a_token_of_its_own_secret(render: Render):
    def told(github: dict[str, Any]) -> dict[str, Any]:
        (container,) = pod(render({"github": github}))["spec"]["containers"]
        return {one["name"]: one.get("value", one.get("valueFrom")) for one in container["env"]}

    assert not {"SLUICE_GITHUB", "SLUICE_TOKEN", "SLUICE_BOT", "SLUICE_JUDGES"} & set(told({}))
    secret = {"name": "github", "key": "t"}
    named = {"repository": "acme/models", "bot": "gate[bot]", "judges": "41898282", "tokenSecret": secret}
    env = told(named)
    assert (env["SLUICE_GITHUB"], env["SLUICE_BOT"]) == ("acme/models", "gate[bot]")
    assert (env["GITHUB_API_URL"], env["SLUICE_JUDGES"]) == ("https://api.github.com", "41898282")
    assert env["SLUICE_TOKEN"] == {"secretKeyRef": secret}
    for wrong, value in (
        ({"repository": "acme/models"}, "tokenSecret"),
        ({"api": "http://a.example"}, "api"),
    ):
        with pytest.raises(Refused, match=value):
            render({"github": wrong})


def test_notices_are_addressed_by_a_secret_alone(render: Render):
    def told(notices: dict[str, Any]) -> dict[str, Any]:
        (container,) = pod(render({"notices": notices}))["spec"]["containers"]
        named = [one for one in container["env"] if "NOTIFY" in one["name"]]
        return {one["name"]: one["valueFrom"]["secretKeyRef"] for one in named}

    assert told({}) == {}
    assert told({"secret": "notices", "cloudevents": "urls", "signing": "key"}) == {
        "SLUICE_NOTIFY": {"name": "notices", "key": "urls"},
        "SLUICE_NOTIFY_SECRET": {"name": "notices", "key": "key"},
    }
    for wrong in ({"slack": "https://hooks.example/x"}, {"slack": "urls"}, {"secret": "notices"}):
        with pytest.raises(Refused, match="notices"):
            render({"notices": wrong})
