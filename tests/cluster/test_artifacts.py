"""What is broken never takes traffic: a chart, values, an image or an artifact that is not what git says."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from harness import environments, forge, mirror, registry
from harness.lab import ENVIRONMENT, Lab, more, until_served, untouched
from harness.load import running
from harness.release import synced_revision
from harness.repository import CHECKOUT, Team, contains
from harness.wait import NotYet, until

from sluicegate.specs.release import Version

MODEL = "flight-delay"
PINS = f"environments/{ENVIRONMENT}/environment.yaml"
NOBODY = 65532
"""The user of the chart's containers."""
DEADLINE = {"progressDeadlineSeconds": 30}
"""After which Argo CD's sync fails for a pod that is not ready, and the next commit is tried."""
NO_IMAGE = {
    # Asked for, unlike `Never`: the registry of that name does not answer.
    "images": {"ort": {"digest": f"sha256:{'0' * 64}", "pullPolicy": "IfNotPresent"}},
    **DEADLINE,
}
FOREIGN = """{{- if eq .Release.Name "flight-delay" }}
apiVersion: v1
kind: Service
metadata: {name: refused, namespace: {{ .Release.Namespace }}}
spec: {ports: [{name: http, port: 99999}]}
{{- end }}
"""
Change = Callable[[Path], None]
pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(scope="module")
def lab(run, subject) -> Iterator[Lab]:
    """Version 1 alone, at all traffic; put back in the end."""
    lab = Lab(subject(MODEL, ENVIRONMENT))
    lab.stable()
    yield lab
    lab.stable()


def writing(path: str, text: Callable[[str], str]) -> Change:
    """Change a file of the checkout; one that is not there is empty."""

    def change(checkout: Path) -> None:
        file = checkout / path
        file.write_text(text(file.read_text() if file.exists() else ""))

    return change


CHART = "charts/onnx-serving"
TEMPLATES = f"{CHART}/templates"
BROKEN = {
    "a template that does not parse": (
        f"{TEMPLATES}/httproute.yaml",
        lambda text: "{{ if }}\n" + text,
        "missing value for if",
    ),
    "values that the schema refuses": (
        f"environments/{ENVIRONMENT}/{MODEL}/values.yaml",
        lambda _: "images: {ort: {tag: latest}}\n",
        "at '/images/ort/tag': value must be 'no tag, which can move",
    ),
    "weights that do not add up": (
        f"environments/{ENVIRONMENT}/{MODEL}/release.yaml",
        lambda text: text.replace("weight: 100", "weight: 70"),
        "tracks.stable.weight: the weights of the tracks add up to 70, not to 100",
    ),
    "an object that the API server refuses": (
        f"{TEMPLATES}/refused.yaml",
        lambda _: FOREIGN,
        "must be between 1 and 65535",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_broken_chart_never_takes_traffic(run, lab, figures, what, tmp_path):
    path, text, words = BROKEN[what]
    change = writing(path, text)
    if path.startswith(CHART):
        change = pinning(registry.push(run, broken_chart(tmp_path, path, text)))
        path = PINS
    team = Team(run)
    before = team.checkout / path
    kept = before.read_text() if before.exists() else None
    with untouched(lab) as load:
        try:
            bad = team.commit(f"Break it: {what}", change)
            assert kept is None or before.read_text() != kept
            lab.it.refresh()
            lab.until_said(words)
            more(load, 100)
        finally:
            mended = team.commit(f"Mend it: {what}", lambda at: restore(at / path, kept))
        assert mended != bad
        figures.add(f"mended and synced again: {what}", lab.settled(mended))


def broken_chart(folder: Path, path: str, text: Callable[[str], str]) -> Path:
    """The checkout's chart, a file of it changed, as a version of its own."""
    shutil.copytree(CHECKOUT / CHART, folder / CHART)
    writing(path, text)(folder)
    about = folder / CHART / "Chart.yaml"
    about.write_text(re.sub(r"(?m)^version: .*", "version: 0.0.0-broken", about.read_text()))
    return folder / CHART


def pinning(chart: dict[str, str]) -> Change:
    """Let the environment take another chart."""
    return lambda checkout: environments.pin(checkout / PINS, chart)


def restore(file: Path, text: str | None) -> None:
    """As it was: None for no file."""
    if text is None:
        file.unlink()
    else:
        file.write_text(text)


def test_image_that_cannot_be_pulled_replaces_no_pod(lab, figures):
    with untouched(lab) as load:
        lab.values(NO_IMAGE)
        lab.it.refresh()
        new = until_waits(lab, 1, {"ErrImagePull", "ImagePullBackOff"})
        assert new not in lab.serving()
        more(load, 100)
        figures.add("mended and synced again: an image that cannot be pulled", lab.settled(lab.values(None)))


@pytest.mark.parametrize("weight", [0, 50])
def test_canary_whose_image_cannot_be_pulled_gets_no_request(lab, weight):
    stable, canary = lab.version(1), lab.version(2)
    with untouched(lab) as load:
        lab.values(NO_IMAGE)
        # A gate begins at 0; a commit that does not is held back by the waves: pods first, then the route.
        commit = lab.it.commit(stable, canary, weight)
        lab.it.refresh()
        until_waits(lab, 2, {"ErrImagePull", "ImagePullBackOff"})
        until_tried(lab, commit)
        more(load, 100)
        lab.values(None)
        lab.settled(lab.it.commit(stable))
    assert set(load.versions()) == {"1"}


def until_waits(lab: Lab, version: int, reasons: set[str], seconds: float = 120) -> str:
    """Wait until a pod of a version is not ready for one of the reasons; its name."""

    def there() -> str:
        found = lab.waits(version)
        for name, why in found.items():
            if why in reasons:
                return name
        raise NotYet(f"{found}; {lab.it.state()}; pods {lab.it.pods()}")

    return until(f"a pod of version {version} to wait: {' or '.join(sorted(reasons))}", there, seconds)


def until_tried(lab: Lab, commit: str, seconds: float = 180) -> None:
    """Wait until Argo CD has begun to sync a commit."""

    def tried() -> bool:
        status = (lab.it.application() or {}).get("status", {})
        operation = status.get("operationState", {})
        if not contains(lab.it.run, synced_revision(operation.get("syncResult", {})), commit):
            raise NotYet(f"{operation.get('phase')} {operation.get('syncResult')}; {lab.it.state()}")
        return True

    until(f"a sync of {commit[:8]}", tried, seconds)


@pytest.fixture
def swapped(run, lab) -> Iterator[tuple[str, Path]]:
    """A mirror whose version 2 has another byte, and a folder of the node as its pods' cache."""
    canary = lab.version(2)
    # The chart takes no folder of a home: a node's cache lies where a node's data lie.
    cache = Path("/var/lib/sluicegate") / run.name
    cache.mkdir(parents=True, exist_ok=True)
    os.chown(cache, NOBODY, NOBODY)
    mirror.start(run, [f"{canary.revision}/models/{MODEL}/model.onnx"])
    yield mirror.address(run), cache
    mirror.stop(run)
    shutil.rmtree(cache)


def test_artifact_swapped_after_validation_is_refused_at_pod_start(run, lab, swapped, figures):
    address, cache = swapped
    stable, canary = lab.version(1), lab.version(2)

    def source(url: str) -> dict[str, object]:
        return {"artifacts": {"url": url, "cache": {"hostPath": str(cache)}}, **DEADLINE}

    with running(lab.it.load(50.0)) as load:
        lab.settled(lab.values(source(address)))
        assert digests(cache) == {stable.digest}, "version 1 came by the mirror, as it was"
        began = time.time()
        lab.it.commit(stable, canary, 0)
        lab.it.refresh()
        pod = until_waits(lab, 2, {"Error", "CrashLoopBackOff"})
        figures.add("swapped artifact: commit to its refusal", time.time() - began)
        log = lab.it.kube.logs(pod, lab.it.namespace, container="fetch")
        assert "onnx-server fetch: ArtifactMismatch: " in log
        assert canary.digest in log
        assert mirror.given_swapped(run) > 0
        more(load, 100)
        assert lab.it.weights().get("canary", 0) == 0
        assert set(load.versions()) == {"1"}
        assert digests(cache) == {stable.digest}, "what was refused is not kept for the next pod"
        until_honest(lab, source(forge.raw_url(run)), stable, canary)
        assert digests(cache) == {stable.digest, canary.digest}
        lab.values(None)
        lab.settled(lab.it.commit(stable))
    assert load.statuses() == {200: len(load.answers)}


def until_honest(lab: Lab, values: dict[str, object], stable: Version, canary: Version) -> None:
    """The same canary from a source that gives what was validated: it gets its share."""
    lab.settled(lab.values(values))
    lab.settled(lab.it.commit(stable, canary, 25))
    assert lab.it.weights() == {"stable": 75, "canary": 25}
    until_served(lab.it, "2")


def digests(cache: Path) -> set[str]:
    """The artifacts in a node's cache, each held against its own name."""
    found = {file.name.removeprefix("sha256-"): file.read_bytes() for file in cache.glob("sha256-*")}
    assert {hashlib.sha256(data).hexdigest() for data in found.values()} == set(found)
    return {f"sha256:{name}" for name in found}
