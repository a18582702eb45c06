"""A labelled pull request gets a namespace of its own that serves its version; it goes with the label."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from harness import previews
from harness.lab import more
from harness.load import one, running
from harness.previews import POLL_SECONDS, Preview
from harness.repository import Team, place
from harness.wait import NotYet, until

if TYPE_CHECKING:
    from github.PullRequest import PullRequest

MODEL = "digits"
LIMIT = POLL_SECONDS + 240
pytestmark = pytest.mark.timeout(1800)
Propose = Callable[..., "PullRequest"]
INJECTION = "sha256:0 }\\n    weight: 1\\nimages: {ort: {repository: evil}}"
"""In quotes, as YAML reads it, it would be three more lines of the values."""


@pytest.fixture(scope="module")
def propose(run) -> Iterator[Propose]:
    """`propose(branch, change, *labels)`: a pull request; closed in the end, as the previews go."""
    previews.start(run)
    opened: list[PullRequest] = []

    def propose(branch: str, change: Callable[[Path], None], *labels: str) -> PullRequest:
        pull = Team(run).propose(f"preview-{branch}", f"Preview: {branch}", change)
        opened.append(pull)
        if labels:
            pull.add_to_labels(*labels)
        return pull

    yield propose
    for pull in opened:
        pull.edit(state="closed")
    previews.stop(run)


def carded(model: str, version: int, words: str) -> Callable[[Path], None]:
    """A version's files, and words in the card: a change also where main has the version."""

    def change(checkout: Path) -> None:
        place(model, version, checkout / "models" / model)
        card = checkout / "models" / model / "README.md"
        card.write_text(f"{card.read_text()}\n{words}\n")

    return change


def hostile(checkout: Path) -> None:
    """A model.yaml whose digest would be more values if it were pasted."""
    file = checkout / "models" / "flight-delay" / "model.yaml"
    before, _, rest = file.read_text().partition('sha256: "sha256:')
    file.write_text(f'{before}sha256: "{INJECTION}{rest[64:]}')


def unreadable(checkout: Path) -> None:
    """A model.yaml that is no YAML."""
    (checkout / "models" / "flight-delay" / "model.yaml").write_text("metadata: {name: [\n")


@pytest.fixture(scope="module")
def others(propose) -> dict[str, PullRequest]:
    """Pull requests that must get nothing, and one that asks for more than it may."""
    nothing = {
        "no label": (),
        "another label": ("bug",),
        "a path": ("preview/../environments",),
        "a pattern": ("preview/*",),
        "no such model": ("preview/no-such-model",),
        "two models": ("preview/digits", "preview/flight-delay"),
    }
    found = {
        what: propose(f"nothing-{number}", carded(MODEL, 2, what), *labels)
        for number, (what, labels) in enumerate(nothing.items())
    }
    return found | {"injection": propose("injection", hostile, "preview/flight-delay")}


@pytest.fixture(scope="module")
def preview(run, propose, others, figures) -> tuple[PullRequest, Preview]:
    """The pull request with version 2 of the model, and its preview once it answers."""
    pull = propose("good", carded(MODEL, 2, "good"), f"preview/{MODEL}")
    it = Preview(run, pull.number, MODEL)
    began = time.time()
    until_answered(run, it, "2")
    figures.add("label to an answer of the preview (by polling)", time.time() - began)
    return pull, it


def until_answered(run, it: Preview, version: str, seconds: float = LIMIT) -> None:
    """Wait until the preview answers a request with a version."""
    probe = it.load(1.0)

    def there() -> bool:
        answer = one(probe)
        if (answer.status, answer.version) != (200, version):
            raise NotYet(f"{answer}; {it.state()}; generator {previews.faults(run)}")
        return True

    until(f"{it.host} to be answered by version {version}", there, seconds)


def test_labelled_pull_request_has_a_namespace_that_answers(preview):
    pull, it = preview
    with running(it.load(20.0)) as load:
        more(load, 60)
    assert load.statuses() == {200: len(load.answers)}
    assert set(load.versions()) == {"2"}
    namespace = it.namespace()
    assert namespace is not None
    labels = namespace["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    assert it.kube.find("v1", "ResourceQuota", "preview", it.name) is not None
    (deployment,) = it.kube.list("apps/v1", "Deployment", it.name)
    annotations = deployment["metadata"]["annotations"]
    assert annotations["sluicegate.dev/revision"] == pull.head.sha


def test_pull_request_without_one_good_label_gets_nothing(run, preview, others):
    _, it = preview
    bad = Preview(run, others["injection"].number, "flight-delay")
    assert previews.faults(run) == []
    assert previews.names(run) == {it.name, bad.name}


def test_what_a_pull_request_writes_cannot_become_values(run, preview, others):
    bad = Preview(run, others["injection"].number, "flight-delay")

    def said() -> bool:
        if "/tracks/stable/digest" not in bad.state():
            raise NotYet(bad.state())
        return True

    until(f"{bad.name} to be refused by the schema", said, 60)
    assert bad.namespace() is None, "nothing of it was made"


def test_unreadable_model_takes_no_preview_away_and_is_named(run, preview, propose):
    """No new preview is made meanwhile. Without a webhook Argo CD would look again after three minutes."""
    _, it = preview
    before = previews.names(run)
    pull = propose("unreadable", unreadable, "preview/flight-delay")
    with running(it.load(20.0)) as load, previews.webhooks(run):
        until("the generator to say so", lambda: bool(previews.faults(run)), LIMIT)
        assert "models/flight-delay/model.yaml" in " ".join(previews.faults(run))
        more(load, 60)
        assert previews.names(run) == before
        pull.remove_from_labels("preview/flight-delay")
        until("the generator to go on", lambda: not previews.faults(run), LIMIT)
    assert load.statuses() == {200: len(load.answers)}
    assert previews.names(run) == before


def test_preview_follows_the_pull_request_and_goes_with_its_label(run, preview, figures):
    pull, it = preview
    with previews.webhooks(run):
        began = time.time()
        pull.remove_from_labels(f"preview/{MODEL}")
        it.until_gone(LIMIT)
        figures.add("label taken to the namespace gone (by webhook)", time.time() - began)
        began = time.time()
        pull.add_to_labels(f"preview/{MODEL}")
        until_answered(run, it, "2")
        figures.add("label to an answer of the preview (by webhook)", time.time() - began)
        began = time.time()
        pull.edit(state="closed")
        it.until_gone(LIMIT)
        figures.add("pull request closed to the namespace gone (by webhook)", time.time() - began)
    assert it.namespace() is None
