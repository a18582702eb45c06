"""`sluice vendor`: the charts of this release in a repository; edits are told from another release."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest

from sluicegate import __version__
from sluicegate.ci.scaffold.vendored import SUMS, vendored_version
from sluicegate.specs.tree import WorkTree

VALUES = "charts/onnx-serving/values.yaml"


@pytest.fixture
def vendored(sluice, tmp_path: Path) -> Path:
    root = tmp_path / "models"
    root.mkdir()
    done = sluice("vendor", "-C", root)
    assert done.exit_code == 0, done.output
    return root


def as_of_another_release(root: Path, path: str, text: str) -> None:
    """The file as if another release had written it, with its sum."""
    old = hashlib.sha256((root / path).read_bytes()).hexdigest() if (root / path).exists() else None
    (root / path).write_text(text)
    line = f"{hashlib.sha256(text.encode()).hexdigest()}  {path.removeprefix('charts/')}\n"
    sums = (root / SUMS).read_text()
    kept = [one for one in sums.splitlines(keepends=True) if not old or not one.startswith(old)]
    (root / SUMS).write_text("".join(kept) + line)


def test_charts_schemas_and_manifests_are_written_with_their_sums(sluice, vendored: Path) -> None:
    for path in (VALUES, "charts/gate/Chart.yaml", "charts/schemas/deployment-apps-v1.json"):
        assert (vendored / path).is_file()
    assert (vendored / "environments/applicationset.yaml").is_file()
    assert vendored_version(WorkTree(vendored)) == __version__
    subprocess.run(
        ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=vendored / "charts", check=True
    )
    done = sluice("vendor", "--check", "-C", vendored)
    assert done.exit_code == 0 and f"as {__version__} writes them" in done.output


@pytest.mark.parametrize(
    ("path", "named"),
    [(VALUES, VALUES), ("charts/gate/templates/mine.yaml", "charts/gate/templates/mine.yaml (added)")],
)
def test_what_a_person_edited_is_named_and_kept_without_force(
    sluice, vendored: Path, path: str, named: str
) -> None:
    (vendored / path).write_text("# mine\n")
    for words in ((), ("--check",)):
        done = sluice("vendor", *words, "-C", vendored)
        assert done.exit_code == 1 and f"edited since they were written: {named}" in done.output
        assert (vendored / path).read_text() == "# mine\n"
    assert sluice("vendor", "--force", "-C", vendored).exit_code == 0
    assert sluice("vendor", "--check", "-C", vendored).exit_code == 0


def test_another_releases_files_are_renewed_and_removed(sluice, vendored: Path) -> None:
    as_of_another_release(vendored, VALUES, "engine: older\n")
    as_of_another_release(vendored, "charts/onnx-serving/templates/gone.yaml", "kind: Gone\n")
    done = sluice("vendor", "--check", "-C", vendored)
    assert done.exit_code == 1 and f"not the charts of {__version__}" in done.output and VALUES in done.output
    done = sluice("vendor", "--dry-run", "-C", vendored)
    assert "-engine: older\n" in done.output and "-kind: Gone\n" in done.output
    assert (vendored / VALUES).read_text() == "engine: older\n"
    assert sluice("vendor", "-C", vendored).exit_code == 0
    assert sluice("vendor", "--check", "-C", vendored).exit_code == 0
    assert not (vendored / "charts/onnx-serving/templates/gone.yaml").exists()


def test_argo_cds_manifests_belong_to_people(sluice, vendored: Path) -> None:
    own = vendored / "environments/applicationset.yaml"
    own.write_text("# ours\n")
    assert sluice("vendor", "--check", "-C", vendored).exit_code == 0
    assert sluice("vendor", "--force", "-C", vendored).exit_code == 0
    assert own.read_text() == "# ours\n"


def test_a_link_and_sums_that_are_none_are_refused(sluice, vendored: Path) -> None:
    (vendored / SUMS).write_text("nonsense\n")
    done = sluice("vendor", "-C", vendored)
    assert done.exit_code == 1 and f"{SUMS}:1: it is not `DIGEST  PATH`" in done.output
    (vendored / SUMS).unlink()
    (vendored / SUMS).symlink_to("/etc/hostname")
    done = sluice("vendor", "--force", "-C", vendored)
    assert done.exit_code == 1 and f"{SUMS} is a symbolic link" in done.output
