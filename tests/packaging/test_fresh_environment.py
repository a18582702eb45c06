"""The installed wheel, in folders that hold nothing of ours."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.environments import ROOT, Environment, run
from support.repositories import git

VALIDATORS = (
    Path(__file__).parent / "validators.lock",
    "import validators; print(validators.url('https://x.org'))",
)
"""PyPI's `validators`, whose import name one of our folders has, and a use of it."""


def test_its_modules_are_those_of_the_environment(installed: Environment, tmp_path: Path):
    where = installed.evaluate("import sluicegate.ci.commands.demo as d; print(d.__file__)", tmp_path)
    assert Path(where).is_relative_to(installed.directory)
    assert run(installed.program("sluice"), "--version", cwd=tmp_path).stdout.startswith("sluice ")


def test_validate_judges_the_models_that_travel_in_it(installed: Environment, tmp_path: Path):
    root = Path(installed.evaluate("import sluicegate; print(sluicegate.__path__[0])", tmp_path))
    for part in ("models", "environments", "charts"):
        shutil.copytree(root / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    sluice = installed.program("sluice")
    done = run(sluice, "validate", "digits", "--format", "json", cwd=tmp_path, check=False)
    report = json.loads(done.stdout)
    # Without git there is no production to compare with.
    not_passed = {
        f["check"]: f["message"] for f in report["findings"] if f["verdict"] not in ("pass", "skipped")
    }
    assert not_passed == {} and done.returncode == 0
    assert run(sluice, "schema", "--check", cwd=tmp_path).returncode == 0


def test_the_clients_of_all_sources_of_artifacts_can_be_had_with_the_versions_of_the_lock(
    wheel: Path, make_environment: Callable[[], Environment], tmp_path: Path
):
    environment = make_environment()
    wanted = f"sluicegate[cpu,s3,gs,mlflow] @ {wheel.as_uri()}"
    environment.pip("install", "-c", ROOT / "requirements.lock", wanted)
    clients = environment.evaluate("import gcsfs, mlflow, s3fs; print(s3fs.S3FileSystem.protocol)", tmp_path)
    assert "s3" in clients


PLAN = """\
from pathlib import Path
from sluicegate.ci.bootstrap import plan, repository_config
from sluicegate.ci.bootstrap.options import GateOptions, InstallOptions
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.specs import layout

gate = GateOptions.of("example.org/gate@sha256:" + "2" * 64, "sluicegate", "sluicegate-repo")
options = InstallOptions("https://example.org/o/r.git", gate=gate)
paths = [layout.PROJECT_MANIFEST, layout.RELEASES_MANIFEST]
with Repository(str(Path.cwd()), None, ("main",)) as repository:
    repository.fetch()
    config = repository_config.read(repository, "main", paths, [layout.SERVING_CHART, layout.GATE_CHART])
print(*(one["kind"] for one in plan.objects(config, options)))
"""


def test_a_repository_for_a_cluster_comes_from_the_wheel_alone(installed: Environment, tmp_path: Path):
    """What `sluice bootstrap` applies is planned from what `sluice init` wrote."""
    image = f"example.org/server@sha256:{'1' * 64}"
    sluice = installed.program("sluice")
    run(
        sluice, "init", "--cluster", "--server-image", image, "--artifacts", "https://example.org/files",
        "--owner", "@us", "--action", f"example/sluicegate@{'1' * 40}", cwd=tmp_path,
    )  # fmt: skip
    git("add", "--all", cwd=tmp_path)
    git("commit", "--quiet", "--message=Begin", cwd=tmp_path)
    run(sluice, "vendor", "--check", cwd=tmp_path)
    moved = run(sluice, "upgrade", "--action", f"example/sluicegate@{'2' * 40}", cwd=tmp_path).stdout
    assert f"/ci@{'2' * 40}" in moved and "nothing was written" in moved
    kinds = installed.evaluate(PLAN, tmp_path).split()
    assert kinds == ["Namespace", "AppProject", "ApplicationSet", "Namespace", "AppProject", "Application"]


@pytest.mark.skipif(
    sys.version_info >= (3, 13), reason="the demonstration judges data, and deepchecks has no 3.13"
)
@pytest.mark.timeout(900)
def test_the_demonstration_runs_to_its_end_in_an_empty_folder(installed: Environment, tmp_path: Path):
    run(installed.program("sluice"), "demo", "--directory", "demo", cwd=tmp_path, timeout=800)
    acts = json.loads((tmp_path / "demo" / "summary.json").read_text())["acts"]
    assert [act["verdict"] for act in acts] == ["finish", "refused", "rollback"]


def test_the_forge_starts_in_a_folder_that_has_packages_of_the_same_names(
    installed: Environment, tmp_path: Path
):
    for name in ("ci", "gate", "validators", "specs", "embedded", "charts", "models", "environments"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('code of the folder was run')\n")
    done = run(installed.program("python"), "-m", "sluicegate.embedded.forge", "--help", cwd=tmp_path)
    assert "usage" in done.stdout.lower()


@pytest.mark.parametrize("ours_first", [True, False])
def test_the_validators_of_the_index_work_beside_it_and_after_it(
    wheel: Path, make_environment: Callable[[], Environment], tmp_path: Path, ours_first: bool
):
    lock, use = VALIDATORS
    environment = make_environment()
    steps = [("--no-deps", wheel), ("--require-hashes", "-r", lock)]
    for words in steps if ours_first else reversed(steps):
        environment.pip("install", *words)
    assert environment.evaluate(use, tmp_path) == "True"
    assert environment.evaluate("import sluicegate.validators; print('ours')", tmp_path) == "ours"
    environment.pip("uninstall", "sluicegate")
    assert environment.evaluate(use, tmp_path) == "True"
