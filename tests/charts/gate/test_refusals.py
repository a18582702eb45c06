"""Values that are refused, each by its path, and the usual forms that are not."""

from typing import Any

import pytest
import yaml

from .conftest import CHART, DIGEST, Refused, Render, pod


@pytest.mark.parametrize(
    ("values", "said"),
    [
        *[
            (
                {"image": {"repository": "localhost/gate", "digest": digest}},
                "/image/digest': value must be 'no tag, which can move, .* give \"sha256:<64 hex digits>\"",
            )
            for digest in ("latest", "", "sha256:12")
        ],
        *[
            (
                {"image": {"repository": repository, "digest": DIGEST}},
                "/image/repository': value must be 'no tag, which can move: give the repository alone here",
            )
            for repository in ("localhost/gate:1", "r.internal:5000/a/gate:v1", f"localhost/gate@{DIGEST}")
        ],
        (
            {"image": {"repository": "localhost/gate", "digest": DIGEST, "tag": "1"}},
            "at '/image/tag': value must be 'no tag, which can move: remove this key and give digest",
        ),
        (
            {"image": {"repository": "", "digest": DIGEST}},
            "at '/image/repository': '' does not match pattern",
        ),
        ({"global": {"x": 1}}, "at '/global': additional properties 'x' not allowed"),
        *[
            ({"resources": {"limits": {"memory": bad}}}, "at '/resources/limits/memory': ")
            for bad in ("...", ".", -5, 0, "", "1.", "5Q")
        ],
        ({"cache": {"sizeLimit": "..."}}, "at '/cache/sizeLimit': "),
        *[
            ({"kubeconfigSecret": {"name": "a", "key": key}}, "at '/kubeconfigSecret/key': ")
            for key in ("..", ".", "..a", "a/b", "a b", "")
        ],
        *[
            ({"schedule": schedule}, "at '/schedule': ")
            for schedule in ("a b c d e", "* * * *", "* * * * * *", "@often", "* * * * ;", "*  * * * *")
        ],
        *[
            ({"repo": {"branch": branch}}, "at '/repo/branch': ")
            for branch in ("a..b", "a b", "-a", "/a", "a/", "a//b", ".a", "a.", "")
        ],
        ({"deadlineSeconds": 1e30}, "at '/deadlineSeconds': maximum"),
        ({"security": {"user": 9223372036854775807}}, "at '/security/user': maximum"),
        ({"podLabels": {"a b": "c"}}, "at '/podLabels/a b': value must be 'no key that Kubernetes takes"),
        ({"podLabels": {"a": "b c"}}, "at '/podLabels/a': 'b c' does not match pattern"),
        ({"nodeSelector": {"a": "b: c"}}, "at '/nodeSelector/a': 'b: c' does not match pattern"),
        ({"unknown": 1}, "unknown"),
        ({"replicas": 3}, "replicas"),
        ({"mode": "daemonset"}, "mode"),
        ({"repo": {"secret": {"name": "a", "key": "b"}, "url": "https://x:y@z"}}, "url"),
        ({"security": {"user": 0}}, "user"),
        ({"podLabels": {"app.kubernetes.io/name": "x"}}, "podLabels"),
        ({"podAnnotations": {"sluicegate.dev/x": "y"}}, "podAnnotations"),
        ({"metrics": {"rules": {"labels": {"app.kubernetes.io/name": "x"}}}}, "labels"),
        ({"environments": [{"namespace": "a", "traffic": "embedded"}]}, "traffic"),
        (
            {"mode": "cronjob", "replicas": 2},
            "replicas: a CronJob runs one tick at a time; set replicas to 1",
        ),
        (
            {"mode": "cronjob", "metrics": {"rules": {"enabled": True}}},
            "metrics: a CronJob lives too short to be scraped; set",
        ),
    ],
)
def test_bad_values_are_refused_by_their_path(render: Render, values: Any, said: str):
    with pytest.raises(Refused, match=said):
        render(values)


def every(values: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Each key of the values file, blocks and what stands in them."""
    open_ones = ("resources", "labels")
    if not isinstance(values, dict) or (path and path[-1] in open_ones):
        return []
    return [one for key, value in values.items() for one in [(*path, key), *every(value, (*path, key))]]


KEYS = every(yaml.safe_load((CHART / "values.yaml").read_text()))


@pytest.mark.parametrize("path", KEYS, ids=".".join)
def test_a_null_is_refused_by_its_path(render: Render, path: tuple[str, ...]):
    """It takes the default away: without this, a template would fall over what is not there."""
    given: Any = None
    for key in reversed(path):
        given = {key: given}
    if path[0] == "image" and len(path) > 1:
        given["image"] = {"repository": "localhost/gate", "digest": DIGEST} | given["image"]
    *block, last = path
    at = "".join(f"/{key}" for key in block)
    with pytest.raises(Refused, match=f"at '{at}': missing property '{last}'"):
        render(given)


def test_the_usual_forms_are_taken(render: Render):
    for schedule in ("*/5 0-6 1,15 jan-mar mon-fri", "0 3 ? * 7", "@hourly"):
        objects = render({"mode": "cronjob", "schedule": schedule})
        assert objects["CronJob/sluicegate/gate"]["spec"]["schedule"] == schedule
    for branch in ("main", "release/1.x", "team_a/deploy-2"):
        (container,) = pod(render({"repo": {"branch": branch}}))["spec"]["containers"]
        assert f"--branch={branch}" in container["args"]
    assert render({"global": {}})
