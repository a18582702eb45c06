"""Every value is documented, typed, and of use; nothing unknown passes."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema

OPEN = {  # objects whose keys are a person's own, or Kubernetes'
    "artifacts.imageVolume.digests", "kserve.annotations", "nodeSelector", "podAnnotations", "extraLabels",
    "monitoring.labels", "preview.quota", "affinity", "artifacts.resources", "resources", "shadow.resources",
}  # fmt: skip


def leaves(values: Mapping[str, Any], at: str = "") -> Iterator[str]:
    for key, value in values.items():
        path = f"{at}.{key}" if at else key
        if isinstance(value, Mapping) and value and path not in OPEN:
            yield from leaves(value, path)
        else:
            yield path


def table(chart) -> dict[str, tuple[str, str]]:
    rows = re.findall(
        r"^\| `([^`]+)` \| (.*?) \| (.+) \|$", (chart.path / "README.md").read_text(), re.MULTILINE
    )
    assert len(rows) == len({row[0] for row in rows}), "a key stands twice"
    return {key: (default, text) for key, default, text in rows}


def test_the_readme_has_every_value_and_no_other(chart):
    assert list(table(chart)) == list(leaves(chart.defaults))


def test_the_readme_has_the_defaults(chart):
    for key, (default, text) in table(chart).items():
        value: Any = chart.defaults
        for part in key.split("."):
            value = value[part]
        assert default == f"`{shown(value)}`", key
        assert text.strip(), key


def shown(value: Any) -> str:
    """A value as the table writes it: YAML in one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {shown(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(shown(inner) for inner in value) + "]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return '""' if value == "" else str(value)


def test_the_schema_has_the_keys_of_the_values(chart):
    def keys(schema: Mapping[str, Any], at: str = "") -> Iterator[str]:
        schema = resolved(chart, schema)
        if "properties" not in schema or at in OPEN:
            yield at
            return
        for key, inner in schema["properties"].items():
            if key != "tag":
                yield from keys(inner, f"{at}.{key}" if at else key)

    assert set(keys(chart.schema)) == set(leaves(chart.defaults))


def resolved(chart, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        schema = chart.schema["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    return schema


def test_no_object_takes_unknown_keys(chart):
    """But those that hold other people's: each of them is named here."""
    loose = set()

    def look(schema: Any, at: str) -> None:
        if isinstance(schema, Mapping):
            if "properties" in schema and schema.get("additionalProperties") is not False:
                loose.add(at)
            if schema.get("type") == "object" and not {"properties", "additionalProperties"} & schema.keys():
                loose.add(at)
            for key, inner in schema.items():
                look(inner, f"{at}/{key}")

    look(chart.schema, "")
    of = "/properties/"
    assert loose == {
        f"{of}autoscaling{of}hpa{of}metrics/items",
        f"{of}extraEnv/items{of}valueFrom",
        f"{of}networkPolicy{of}extraIngress/items",
        f"{of}networkPolicy{of}extraEgress/items",
        *(f"{of}affinity{of}{kind}" for kind in ("nodeAffinity", "podAffinity", "podAntiAffinity")),
    }


def test_every_whole_number_has_its_bounds(chart, whole_numbers):
    """Helm's numbers are floats: one beyond Kubernetes' own types would be rendered negative."""
    found, loose = whole_numbers(chart.schema)
    assert loose == [] and len(found) > 30


def test_the_defaults_are_valid_and_render_nothing(chart):
    jsonschema.Draft202012Validator.check_schema(chart.schema)
    jsonschema.validate(chart.defaults, chart.schema)
    assert chart.render().objects == {}
    chart.run("lint", options=("--strict",))


def test_every_value_is_commented_in_the_values_file(chart):
    """On its own line, on the line above, or on the line of a group that it stands in."""
    groups: list[tuple[int, bool]] = []
    above, unsaid = False, []
    for number, line in enumerate((chart.path / "values.yaml").read_text().splitlines(), start=1):
        found = re.match(r"( *)[\w]+:(.*)", line)
        if found is None:
            above = line.startswith("#") and not line.startswith("# -----")
            continue
        depth, rest = len(found[1]), found[2].strip()
        groups = [group for group in groups if group[0] < depth]
        said = "#" in line or above or any(group[1] for group in groups)
        if not rest or rest.startswith("#"):
            groups.append((depth, said))
        elif not said:
            unsaid.append(f"{number}: {line}")
    assert unsaid == []


def test_release_yaml_is_known_key_by_key(chart):
    """The gate's file is a values file: its schema and this one have the same keys, and the same tracks."""
    release = json.loads((chart.path.parents[1] / "environments" / "release.schema.json").read_text())
    assert set(release["properties"]) <= set(chart.schema["properties"])
    track = chart.schema["$defs"]["track"]
    assert set(track["properties"]) == set(release["$defs"]["Track"]["properties"])
    metadata = resolved(chart, chart.schema["properties"]["metadata"])
    assert set(metadata["properties"]) == set(release["$defs"]["ReleaseMetadata"]["properties"])
