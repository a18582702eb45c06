"""`sluice upgrade`: the diff first, everything with --apply, and what a person edited is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sluicegate import __version__
from sluicegate.ci.scaffold import upgrade as planning
from sluicegate.specs.artifacts.errors import NotFound

OLD = "1" * 40
NEW = "2" * 40
ACTION = f"example/sluicegate@{NEW}"
PRE_COMMIT = """\
repos:
  - repo: https://example.org/other
    rev: v1.0.0
    hooks: [{id: other}]
  - repo: https://example.org/sluicegate
    rev: v0.0.9   # the judge
    hooks:
      - id: sluice-validate
"""
WORKFLOW = ".github/workflows/sluice-validate.yaml"


@pytest.fixture
def repository(sluice, tmp_path: Path) -> Path:
    """As an older release left it: its action, requirement, hook, schema and charts."""
    root = tmp_path / "models"
    done = sluice(
        "init", root, "--owner", "@us", "--action", f"example/sluicegate@{OLD}", "--cluster",
        "--server-image", f"example.org/server@sha256:{'3' * 64}", "--artifacts", "https://example.org/files",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    (root / "requirements.txt").write_text("numpy==1.26.4\nsluicegate[cpu]==0.0.9  # pinned\n")
    (root / ".pre-commit-config.yaml").write_text(PRE_COMMIT)
    (root / "models/model.schema.json").write_text("{}\n")
    return root


def files(root: Path) -> dict[str, bytes]:
    found = (
        path for path in root.rglob("*") if path.is_file() and ".git/" not in f"{path.relative_to(root)}"
    )
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}


def test_the_diff_comes_first_and_nothing_is_written(sluice, repository: Path) -> None:
    before = files(repository)
    done = sluice("upgrade", "-C", repository, "--action", ACTION)
    assert done.exit_code == 0, done.output
    assert f"-sluicegate[cpu]==0.0.9  # pinned\n+sluicegate[cpu]=={__version__}  # pinned\n" in done.output
    assert f"-    rev: v0.0.9   # the judge\n+    rev: v{__version__}   # the judge\n" in done.output
    assert f"example/sluicegate/ci@{NEW}" in done.output and "+++ b/models/model.schema.json" in done.output
    assert "nothing was written" in done.output
    assert files(repository) == before


def test_apply_moves_all_of_it_once(sluice, repository: Path) -> None:
    done = sluice("upgrade", "--apply", "-C", repository, "--action", ACTION, "--to", f"v{__version__}")
    assert done.exit_code == 0, done.output
    assert (
        repository / "requirements.txt"
    ).read_text() == f"numpy==1.26.4\nsluicegate[cpu]=={__version__}  # pinned\n"
    assert "rev: v1.0.0" in (repository / ".pre-commit-config.yaml").read_text()
    assert OLD not in "".join(path.read_text() for path in repository.glob(".github/workflows/*"))
    again = sluice("upgrade", "-C", repository, "--action", ACTION)
    assert again.output.startswith("everything is as this release has it\n")


def test_edited_charts_are_named_and_stop_apply(sluice, repository: Path) -> None:
    chart = repository / "charts/onnx-serving/values.yaml"
    chart.write_text("# mine\n")
    before = files(repository)
    done = sluice("upgrade", "--apply", "-C", repository, "--action", ACTION)
    assert (
        done.exit_code == 1 and "edited  charts/onnx-serving/values.yaml: a person edited it" in done.output
    )
    assert files(repository) == before
    assert sluice("upgrade", "--apply", "--force", "-C", repository, "--action", ACTION).exit_code == 0
    assert chart.read_text() != "# mine\n"


def test_of_an_edited_workflow_the_pin_alone_moves(sluice, repository: Path) -> None:
    edited = repository / WORKFLOW
    edited.write_text(edited.read_text().replace("timeout-minutes: 60", "timeout-minutes: 90"))
    done = sluice("upgrade", "--apply", "-C", repository, "--action", ACTION)
    assert done.exit_code == 0 and f"left  {WORKFLOW}: edited, or of a release" in done.output
    text = edited.read_text()
    assert "timeout-minutes: 90" in text and NEW in text and OLD not in text


def test_hashes_are_left_to_what_compiles_them(sluice, repository: Path) -> None:
    text = f"sluicegate==0.0.9 \\\n    --hash=sha256:{'0' * 64}\n"
    (repository / "requirements.txt").write_text(text)
    done = sluice("upgrade", "--apply", "-C", repository, "--action", ACTION)
    assert "left  requirements.txt: it has hashes" in done.output
    assert (repository / "requirements.txt").read_text() == text


def test_another_release_than_the_installed_one_has_to_be_installed(sluice, repository: Path) -> None:
    done = sluice("upgrade", "--to", "99.0.0", "-C", repository)
    assert done.exit_code == 1 and "pip install 'sluicegate==99.0.0'" in done.output


def test_a_pinned_chart_moves_where_the_registry_has_the_version(
    sluice, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path,) = repository.glob("environments/*/environment.yaml")
    pin = f"repository: oci://example.org/charts/onnx-serving, version: 0.0.9, digest: 'sha256:{'4' * 64}'"
    path.write_text(f"{path.read_text()}  chart: {{{pin}}}   # ours\n")
    asked: list[tuple[str, str]] = []

    def answer(repository: str, version: str) -> str:
        asked.append((repository, version))
        return f"sha256:{'5' * 64}"

    monkeypatch.setattr(planning, "digest_of", answer)
    sluice("upgrade", "--apply", "-C", repository, "--action", ACTION)
    assert asked == [("oci://example.org/charts/onnx-serving", __version__)]
    assert re.search(rf".{re.escape(__version__)}., digest: .sha256:5{{64}}.\}}   # ours", path.read_text())

    def refuse(repository: str, version: str) -> str:
        raise NotFound(f"{repository}:{version} is not there (404)", "push it")

    path.write_text(path.read_text().replace(__version__, "0.0.9"))
    monkeypatch.setattr(planning, "digest_of", refuse)
    done = sluice("upgrade", "-C", repository, "--action", ACTION)
    assert "the chart stays at 0.0.9" in done.output and "push it" in done.output
