"""`.ci/run`, with programs of its machine replaced by ones that only note that they were called."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
USED = ("bash", "dirname", "env", "grep", "mktemp", "rm", "tail")


def ci(folder: Path, *, user: int, packages: bool, install: int, without: str) -> tuple[int, str]:
    """Run it in a copy; `packages`: they are there, `install`: how apt-get ends. Gives status and output."""
    programs = folder / "programs"
    programs.mkdir()
    for name in USED:
        (programs / name).symlink_to(shutil.which(name) or name)
    lines = {
        "id": f"echo {user}",
        "dpkg-query": "echo install ok installed" if packages else "exit 1",
        "apt-get": f"echo apt-get says why; exit {install}",
        "go": "exit 0",
        "npm": "exit 0",
        "make": 'echo "make $*"',
        "python3.13": "exit 0",
    }
    for name in lines.keys() - {without}:
        (programs / name).write_text(f"#!{shutil.which('bash')}\n{lines[name]}\n")
        (programs / name).chmod(stat.S_IRWXU)
    shutil.copytree(ROOT / ".ci", folder / ".ci")
    done = subprocess.run(
        [folder / ".ci" / "run"],
        env=os.environ | {"PATH": str(programs)}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(("packages", "install"), [(True, 1), (False, 0)])
def test_everything_runs_where_everything_is_there(tmp_path: Path, packages: bool, install: int):
    code, said = ci(tmp_path, user=0, packages=packages, install=install, without="")
    steps = [
        "lint",
        "forge-contract",
        "test LEFT_OUT=$(FORGE_TESTS)",
        "test-slow",
        "test-wheel",
        "quickstart",
        "test-numpy2",
        "test-cluster-core",
    ]
    assert code == 0 and "".join(f"make {step}\n" for step in steps) in said
    assert ("packages: installing" in said) is not packages and "left out" not in said


def test_packages_that_do_not_install_fail_it(tmp_path: Path):
    code, said = ci(tmp_path, user=0, packages=False, install=100, without="")
    assert code == 1 and "make" not in said
    assert "apt-get says why" in said and "could not be installed: prometheus containerd" in said


@pytest.mark.parametrize(
    ("user", "without", "named"), [(1000, "", "root"), (0, "go", "go"), (0, "apt-get", "apt-get")]
)
def test_without_what_the_suite_needs_it_is_named_and_the_rest_runs(
    tmp_path: Path, user: int, without: str, named: str
):
    code, said = ci(tmp_path, user=user, packages=False, install=100, without=without)
    assert code == 0 and "make test-slow\n" in said and "make test-cluster-core" not in said
    assert f"the cluster suite is left out: it needs {named}\n" in said


def test_without_npm_the_demonstration_runs_alone(tmp_path: Path):
    code, said = ci(tmp_path, user=0, packages=True, install=0, without="npm")
    assert code == 0 and "make demo\nmake test\n" in said and "make forge-contract" not in said
    assert "the forge's contract is left out: it needs npm\n" in said


def test_without_python_3_13_its_tests_are_named_and_the_rest_runs(tmp_path: Path):
    code, said = ci(tmp_path, user=0, packages=True, install=0, without="python3.13")
    assert code == 0 and "make test-numpy2" not in said and "make test-cluster-core\n" in said
    assert "the tests on Python 3.13 with numpy 2 are left out: no Python 3.13 is here\n" in said


def python(folder: Path, *versions: str, path: str) -> tuple[int, str]:
    done = subprocess.run(
        [ROOT / ".ci" / "python", *versions],
        env={"PATH": path}, cwd=folder, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    return done.returncode, done.stdout.strip()


def test_a_python_is_found_by_its_version_on_path_or_among_pyenvs(tmp_path: Path):
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    programs = tmp_path / "programs"
    (tmp_path / "pyenv" / "versions" / "3.99.1" / "bin").mkdir(parents=True)
    programs.mkdir()
    for file, line in {
        "programs/python3": f'exec {sys.executable} "$@"',
        "programs/pyenv": f"echo {tmp_path}/pyenv",
        "pyenv/versions/3.99.1/bin/python": "exit 0",
    }.items():
        (tmp_path / file).write_text(f"#!{shutil.which('bash')}\n{line}\n")
        (tmp_path / file).chmod(stat.S_IRWXU)
    for name in ("bash", "env"):
        (programs / name).symlink_to(shutil.which(name) or name)
    path = str(programs)
    assert python(tmp_path, "3.98", here, path=path) == (0, f"{programs}/python3")
    assert python(tmp_path, "3.99", here, path=path) == (0, f"{tmp_path}/pyenv/versions/3.99.1/bin/python")
    assert python(tmp_path, "3.98", path=path) == (1, "")
