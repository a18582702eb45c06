"""A machine that lacks something: it is named with its remedy, and nothing is changed."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
NOBODY = 65534
AS = """
import os, sys
from harness import __main__ as command
os.setgroups([])
os.setgid(int(sys.argv[1]))
os.setuid(int(sys.argv.pop(1)))
sys.exit(command.main())
"""
"""The command in the name of another account, which need not be able to read this Python."""
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another account")


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder in which another account could leave something; pytest's own are closed to it."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o777)
        yield place


def harness(verb: str, place: Path, path: str, user: int = NOBODY) -> subprocess.CompletedProcess[str]:
    """The command, as it runs for an account and a PATH."""
    env = {
        "PATH": path,
        "HOME": str(place),
        "TMPDIR": str(place),
        "PYTHONPATH": str(HERE),
        "PYTHONDONTWRITEBYTECODE": "1",
        "SLUICE_CLUSTER_NAME": "nobody",
        "SLUICE_CLUSTER_INDEX": "254",
        "SLUICE_CLUSTER_DIR": str(place / "clusters"),
        "SLUICE_TOOLS_DIR": str(place / "tools"),
    }
    return subprocess.run(
        [sys.executable, "-c", AS, str(user), verb],
        env=env,
        cwd=place,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.parametrize("verb", ["doctor", "up"])
def test_no_root_no_go_and_no_containerd_are_named_and_nothing_is_changed(verb: str, place: Path):
    done = harness(verb, place, path=str(place / "bin"))
    assert done.returncode == 1
    said = done.stderr
    assert "root is missing" in said
    assert "Run it as root, or by sudo" in said
    assert "no `go` on PATH" in said
    (packages,) = [line for line in said.splitlines() if "apt-get install" in line and "containerd" in line]
    assert {"buildah", "containerd", "redis-server"} <= set(packages.split())
    assert "Traceback" not in said
    assert list(place.iterdir()) == []
    assert not Path("/run/netns/sluice-nobody").exists()
    assert not Path("/sys/class/net/sluice254h").exists()


def test_root_with_everything_but_go_is_told_so_alone(place: Path):
    bare = place / "bin"
    bare.mkdir()
    for folder in ("/usr/bin", "/bin", "/usr/sbin", "/sbin"):
        for program in Path(folder).iterdir():
            if program.name not in ("go", "gofmt") and not (bare / program.name).exists():
                (bare / program.name).symlink_to(program)
    done = harness("doctor", place, path=str(bare), user=0)
    assert done.returncode == 1
    assert "no `go` on PATH" in done.stderr
    assert "root is missing" not in done.stderr
    assert "apt-get install containerd" not in done.stderr
    assert [each.name for each in place.iterdir()] == ["bin"]
