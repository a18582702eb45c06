"""`.ci/run`, with programs of its machine replaced by ones that only note that they were called."""

import os
import shutil
import stat
import subprocess
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
        "make": 'echo "make $1"',
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
    assert code == 0 and "make lint\nmake demo\nmake test\nmake test-cluster-core\n" in said
    assert ("packages: installing" in said) is not packages and "left out" not in said


def test_packages_that_do_not_install_fail_it(tmp_path: Path):
    code, said = ci(tmp_path, user=0, packages=False, install=100, without="")
    assert code == 1 and "make" not in said
    assert "apt-get says why" in said and "could not be installed: prometheus containerd" in said


@pytest.mark.parametrize(
    ("user", "without", "named"), [(1000, "", "root"), (0, "go", "go"), (0, "apt-get", "apt-get")]
)
def test_without_what_the_suite_wants_it_is_named_and_the_rest_runs(
    tmp_path: Path, user: int, without: str, named: str
):
    code, said = ci(tmp_path, user=user, packages=False, install=100, without=without)
    assert code == 0 and "make test\n" in said and "make test-cluster-core" not in said
    assert f"the cluster suite is left out: it wants {named}\n" in said
