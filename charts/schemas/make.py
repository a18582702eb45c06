"""Write the JSON Schemas of the kinds that the charts render: `python charts/schemas/make.py [DIRECTORY]`.

Taken from what an API server itself validates by: the OpenAPI of Kubernetes and the CRDs of the projects, as
their pinned Go modules hold them (`go mod download`; GOPROXY and GOMODCACHE are as usual). Each file stands
for itself, says `additionalProperties: false` where the API server would warn of an unknown field, and has
neither descriptions nor `status`. Subtrees that repeat are kept once, under `definitions`.

The layout is kubeconform's: KIND-GROUP-VERSION.json, all lower case. The rules in CEL of a CRD
(`x-kubernetes-validations`) are none of JSON Schema: only an API server judges by them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

HERE = Path(__file__).resolve().parent
KUBERNETES = "k8s.io/kubernetes@v1.34.10"
SWAGGER = "api/openapi-spec/swagger.json"
CORE = (
    ("v1", "ConfigMap"),
    ("v1", "LimitRange"),
    ("v1", "Namespace"),
    ("v1", "PersistentVolumeClaim"),
    ("v1", "Pod"),
    ("v1", "ResourceQuota"),
    ("v1", "Secret"),
    ("v1", "Service"),
    ("v1", "ServiceAccount"),
    ("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy"),
    ("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding"),
    ("apps/v1", "DaemonSet"),
    ("apps/v1", "Deployment"),
    ("autoscaling/v2", "HorizontalPodAutoscaler"),
    ("batch/v1", "CronJob"),
    ("batch/v1", "Job"),
    ("coordination.k8s.io/v1", "Lease"),
    ("networking.k8s.io/v1", "NetworkPolicy"),
    ("policy/v1", "PodDisruptionBudget"),
    ("rbac.authorization.k8s.io/v1", "ClusterRole"),
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
    ("rbac.authorization.k8s.io/v1", "Role"),
    ("rbac.authorization.k8s.io/v1", "RoleBinding"),
    ("resource.k8s.io/v1", "ResourceClaim"),
    ("resource.k8s.io/v1", "ResourceClaimTemplate"),
    ("scheduling.k8s.io/v1", "PriorityClass"),
)
"""What Kubernetes itself brings, as (apiVersion, kind)."""
CUSTOM = (
    ("sigs.k8s.io/gateway-api@v1.4.0", "config/crd/standard", ("Gateway", "GRPCRoute", "HTTPRoute")),
    (
        "github.com/argoproj/argo-cd/v3@v3.2.11",
        "manifests/crds",
        ("Application", "ApplicationSet", "AppProject"),
    ),
    (
        "github.com/prometheus-operator/prometheus-operator@v0.85.0",
        "example/prometheus-operator-crd",
        ("PodMonitor", "PrometheusRule", "ServiceMonitor"),
    ),
    ("github.com/kedacore/keda/v2@v2.18.1", "config/crd/bases", ("ScaledObject", "TriggerAuthentication")),
    ("github.com/kserve/kserve@v0.15.2", "config/crd/full", ("InferenceService",)),
    (
        "istio.io/api@v1.27.1",
        "kubernetes/customresourcedefinitions.gen.yaml",
        ("DestinationRule", "VirtualService"),
    ),
    (
        "k8s.io/autoscaler/vertical-pod-autoscaler@v1.5.1",
        "deploy/vpa-v1-crd-gen.yaml",
        ("VerticalPodAutoscaler",),
    ),
)
"""Modules, the place of their CRDs, and the kinds taken: every version that is served."""
KEPT = frozenset(
    {
        *("type", "properties", "items", "required", "enum", "anyOf", "oneOf", "allOf", "not", "pattern"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength"),
        *("maxLength", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties", "format"),
    }
)
"""What of a schema judges a document."""
QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"
WORTH = 300
"""Characters from which a subtree that repeats is kept once."""

Schema = dict[str, Any]


def folder(module: str) -> Path:
    """The directory of a Go module, downloaded where it is not in the cache yet."""
    done = subprocess.run(
        ["go", "mod", "download", "-json", module], check=False, capture_output=True, text=True, cwd=HERE
    )
    said = json.loads(done.stdout or "{}")
    if done.returncode or "Dir" not in said:
        problem = said.get("Error") or done.stderr.strip()
        raise SystemExit(f"{module} cannot be had: {problem}; see `go env GOPROXY`")
    return Path(said["Dir"])


def name(version: str, kind: str) -> str:
    """The file of a kind: `deployment-apps-v1.json`, `service-v1.json`."""
    group, _, number = version.rpartition("/")
    parts = (kind, group.split(".")[0], number) if group else (kind, number)
    return "-".join(parts).lower() + ".json"


def written(target: Path) -> dict[str, int]:
    """Write all of them into a directory; their sizes in bytes, by name."""
    sizes = {}
    for file, schema in sorted(schemas()):
        text = json.dumps(shared(schema), sort_keys=True, separators=(",", ":")) + "\n"
        (target / file).write_text(text, encoding="utf-8")
        sizes[file] = len(text)
    for old in target.glob("*.json"):
        if old.name not in sizes:
            old.unlink()
    return sizes


def schemas() -> Iterator[tuple[str, Schema]]:
    """Every (file, schema)."""
    definitions = json.loads((folder(KUBERNETES) / SWAGGER).read_text(encoding="utf-8"))["definitions"]
    metadata = closed(definitions["io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"], definitions)
    kinds = {
        (f"{one['group']}/{one['version']}".lstrip("/"), one["kind"]): definition
        for definition in definitions.values()
        for one in definition.get("x-kubernetes-group-version-kind", ())
    }
    for version, kind in CORE:
        yield name(version, kind), rooted(closed(kinds[version, kind], definitions), version, kind, metadata)
    for module, place, wanted in CUSTOM:
        for version, kind, schema in custom(folder(module) / place, wanted):
            yield name(version, kind), rooted(closed(schema, {}), version, kind, metadata)


def custom(place: Path, wanted: tuple[str, ...]) -> Iterator[tuple[str, str, Schema]]:
    """(apiVersion, kind, schema) of every served version of these kinds, in a file or a directory's files."""
    yaml = YAML(typ="safe")
    # Prometheus has `=` in an enum, which YAML 1.1 took for a type of its own.
    yaml.constructor.add_constructor("tag:yaml.org,2002:value", lambda _, node: node.value)
    for file in sorted(place.glob("*.yaml")) if place.is_dir() else [place]:
        text = file.read_text(encoding="utf-8")
        if not any(f"kind: {kind}\n" in text for kind in wanted):
            continue
        for document in yaml.load_all(text):
            if not document or document.get("kind") != "CustomResourceDefinition":
                continue
            spec = document["spec"]
            if spec["names"]["kind"] not in wanted:
                continue
            for version in spec["versions"]:
                if version["served"] and not version.get("deprecated"):
                    number = f"{spec['group']}/{version['name']}"
                    yield number, spec["names"]["kind"], version["schema"]["openAPIV3Schema"]


def rooted(schema: Schema, version: str, kind: str, metadata: Schema) -> Schema:
    """A kind's own schema: it says what it is, has full metadata, and no status, which is a controller's."""
    own = {key: value for key, value in schema["properties"].items() if key != "status"}
    own |= {"apiVersion": {"const": version}, "kind": {"const": kind}, "metadata": metadata}
    required = sorted({*schema.get("required", ()), "apiVersion", "kind", "metadata"} - {"status"})
    return {
        **schema,
        "$schema": "http://json-schema.org/draft-07/schema#",
        "properties": own,
        "required": required,
        "additionalProperties": False,
    }


def closed(node: Schema, definitions: Mapping[str, Schema]) -> Schema:
    """A schema as an API server takes it: references put in, unknown fields refused, words left out."""
    if reference := node.get("$ref"):
        named = reference.rsplit("/", 1)[1]
        if named == QUANTITY:
            return {"type": ["string", "number"]}
        return closed(definitions[named], definitions)
    if node.get("x-kubernetes-int-or-string") or node.get("format") == "int-or-string":
        return {"type": ["integer", "string"], **{key: node[key] for key in ("pattern",) if key in node}}
    made = {key: node[key] for key in KEPT & node.keys()}
    if "properties" in node:
        made["properties"] = {key: closed(below, definitions) for key, below in node["properties"].items()}
    if "items" in node:
        made["items"] = closed(node["items"], definitions)
    for key in ("anyOf", "oneOf", "allOf"):
        if key in node:
            made[key] = [part(below) for below in node[key]]
    if "not" in node:
        made["not"] = part(node["not"])
    rest = node.get("additionalProperties")
    if isinstance(rest, dict):
        made["additionalProperties"] = closed(rest, definitions)
    elif "properties" in node and not node.get("x-kubernetes-preserve-unknown-fields"):
        made["additionalProperties"] = False
    if node.get("nullable") and isinstance(node.get("type"), str):
        made["type"] = [node["type"], "null"]
    if node.get("format") == "date-time":
        made["type"] = ["string", "null"]
    return made


def part(node: Schema) -> Schema:
    """A condition beside a schema, which may speak of some fields only and closes nothing."""
    made = {key: node[key] for key in KEPT & node.keys()}
    if "properties" in node:
        made["properties"] = {key: part(below) for key, below in node["properties"].items()}
    if isinstance(node.get("items"), dict):
        made["items"] = part(node["items"])
    for key in ("anyOf", "oneOf", "allOf"):
        if key in node:
            made[key] = [part(below) for below in node[key]]
    if "not" in node:
        made["not"] = part(node["not"])
    return made


def is_schema(node: Schema) -> bool:
    """Whether it is a typed schema, and not the fields of one of which one is called `type`."""
    return isinstance(node.get("type"), str | list)


def shared(schema: Schema) -> Schema:
    """The schema with each subtree that repeats kept once."""
    seen: Counter[str] = Counter()

    def count(node: Any) -> None:
        if isinstance(node, dict):
            if is_schema(node) and len(text := json.dumps(node, sort_keys=True)) > WORTH:
                seen[text] += 1
                if seen[text] > 1:
                    return
            for below in node.values():
                count(below)
        elif isinstance(node, list):
            for below in node:
                count(below)

    count(schema)
    names = {text: f"d{number}" for number, text in enumerate(t for t, times in seen.items() if times > 1)}

    def fold(node: Any, top: bool = False) -> Any:
        if isinstance(node, list):
            return [fold(below) for below in node]
        if not isinstance(node, dict):
            return node
        if not top and is_schema(node) and (known := names.get(json.dumps(node, sort_keys=True))):
            return {"$ref": f"#/definitions/{known}"}
        return {key: fold(below) for key, below in node.items()}

    folded: Schema = fold(schema)
    return {**folded, "definitions": {known: fold(json.loads(text), True) for text, known in names.items()}}


if __name__ == "__main__":
    made = written(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
    print(f"{len(made)} schemas, {sum(made.values()):,} bytes")
