"""A release that is taken from main: what it served goes on serving, until somebody says otherwise."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import argocd
from harness.lab import ENVIRONMENT, RATE, Lab, more, until_served, untouched
from harness.load import running
from harness.release import APPLICATIONS, ROUTES
from harness.repository import Team
from harness.wait import until

from sluicegate.specs.release import Version

MODEL = "digits"
WIPE = "auto-sync will wipe out all resources"
"""Argo CD's words where a commit would leave an Application without any object."""
pytestmark = pytest.mark.timeout(1800)


@pytest.fixture
def lab(subject) -> Iterator[Lab]:
    """Version 1 alone, at all traffic; put back in the end."""
    lab = Lab(subject(MODEL, ENVIRONMENT))
    lab.stable()
    yield lab
    lab.stable()


def objects(lab: Lab) -> dict[str, str]:
    """What serves the model, each with its uid."""
    kube, namespace = lab.it.kube, lab.it.namespace
    labels = f"sluicegate.dev/model={MODEL}"
    found = [
        each
        for version, kind in (("apps/v1", "Deployment"), ("v1", "Service"), (ROUTES, "HTTPRoute"))
        for each in kube.list(version, kind, namespace, labels=labels)
    ]
    return {f"{each['kind']}/{each['metadata']['name']}": each["metadata"]["uid"] for each in found}


def remove(lab: Lab, path: Path) -> str:
    """Take a file or a folder from main; the commit."""

    def change(checkout: Path) -> None:
        if (checkout / path).is_dir():
            shutil.rmtree(checkout / path)
        else:
            (checkout / path).unlink()

    return Team(lab.it.run).commit(f"{MODEL} leaves {ENVIRONMENT}", change)


def test_release_taken_from_main_keeps_what_it_served(lab, figures):
    before = objects(lab)
    assert set(before) >= {f"Service/{MODEL}-stable", f"HTTPRoute/{MODEL}"}
    name = f"{ENVIRONMENT}-{MODEL}"
    with untouched(lab) as load:
        remove(lab, Path(lab.it.path).parent)
        lab.it.refresh()
        lab.until_said(WIPE)
        more(load, 100)
        assert lab.it.application() is not None, "applicationsSync: create-update"
        assert objects(lab) == before
        lab.it.kube.delete(APPLICATIONS, "Application", name, argocd.NAMESPACE)
        until(f"{name} to be gone", lambda: lab.it.application() is None, 60)
        more(load, 300)
        assert lab.it.application() is None, "no release.yaml, no Application"
        assert objects(lab) == before, "preserveResourcesOnDeletion"
        back = lab.it.commit(lab.version(1))
        figures.add("deleted release back and synced", lab.settled(back))
        assert objects(lab) == before, "what ran is taken over, not made anew"


def test_version_that_comes_back_before_its_pods_have_gone_is_served(lab, figures):
    """Rolled back and tried again at once: what is asked for must not be what is about to go."""
    stable, canary = lab.version(1), lab.version(2)
    lab.settled(lab.it.commit(stable, canary, 25))
    until_served(lab.it, "2")
    with running(lab.it.load(RATE)) as load:
        lab.settled(lab.it.commit(stable))
        assert lab.it.weights() == {"stable": 100}
        figures.add("version that comes back: commit to synced and healthy", back(lab, stable, canary))
        since = time.time()
        until("an answer of version 2", lambda: "2" in load.versions(since), 60)
    assert load.statuses() == {200: len(load.answers)}


def back(lab: Lab, stable: Version, canary: Version) -> float:
    """Commit the canary again, and wait until it has its share; how many seconds that took."""
    seconds = lab.settled(lab.it.commit(stable, canary, 25))
    assert lab.it.weights() == {"stable": 75, "canary": 25}
    return seconds


def test_rules_of_a_model_do_not_stand_in_for_its_release(lab):
    """An object that is rendered without a version would let Argo CD prune all the others."""
    lab.settled(lab.values({"monitoring": {"prometheusRule": {"enabled": True}}}))
    before = objects(lab)
    try:
        with untouched(lab) as load:
            remove(lab, Path(lab.it.path))
            lab.it.refresh()
            lab.until_said(WIPE)
            more(load, 200)
            assert objects(lab) == before
    finally:
        lab.stable()
