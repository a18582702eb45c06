"""The console script runs what was installed, wherever it is called: never a checkout's own code."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import sluicegate

SLUICE = Path(sys.executable).parent / "sluice"
TRAP = "import pathlib; pathlib.Path({mark!r}).touch(); raise SystemExit('code of the checkout was run')\n"
NAMES = ("sluicegate", "ci", "gate", "validators", "specs", "embedded", "onnx_server")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A directory whose packages, and modules that Python imports by itself, say when they are run."""
    directory = tmp_path / "checkout"
    files = [f"{name}/{file}.py" for name in NAMES for file in ("__init__", "__main__")]
    files += ["sitecustomize.py", "usercustomize.py", "click.py", "numpy.py", "ruamel/__init__.py"]
    for file in files:
        path = directory / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(TRAP.format(mark=str(tmp_path / "sprung")))
    return directory


def run(
    checkout: Path, *words: str, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess:
    return subprocess.run(
        words, cwd=checkout, env=environment, capture_output=True, text=True, check=False, timeout=60
    )


def test_the_trap_springs_where_a_module_is_run_in_the_checkout(checkout: Path):
    """Or the tests below would show nothing."""
    assert "code of the checkout was run" in run(checkout, sys.executable, "-m", "sluicegate.ci").stderr
    assert (checkout.parent / "sprung").exists()


@pytest.mark.parametrize("words", [["--help"], ["checks"], ["gate", "--help"], ["validate", "--help"]])
def test_the_script_runs_nothing_of_the_directory_that_it_is_called_in(checkout: Path, words: list[str]):
    done = run(checkout, str(SLUICE), *words)
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert not (checkout.parent / "sprung").exists()


def test_the_modules_of_the_script_are_the_installed_ones(checkout: Path):
    """Asked of the script itself, after a command that imports the checks."""
    ask = (
        "import atexit, json, runpy, sys\n"
        "def say():\n"
        f"    found = {{n: sys.modules[n].__file__ for n in {NAMES!r} if n in sys.modules}}\n"
        "    print('\\n' + json.dumps(found))\n"
        "atexit.register(say)\n"
        "sys.argv = sys.argv[1:]\n"
        "sys.path[0] = str(__import__('pathlib').Path(sys.argv[0]).parent)\n"
        "runpy.run_path(sys.argv[0], run_name='__main__')\n"
    )
    done = run(checkout, sys.executable, "-c", ask, str(SLUICE), "checks")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert Path(found.pop("sluicegate")).resolve() == Path(sluicegate.__file__).resolve()
    assert found == {}, "no other name of a folder of ours is imported"
    assert not (checkout.parent / "sprung").exists()


def test_validate_judges_a_checkout_without_running_its_code(checkout: Path):
    """Heavy modules and the sandbox's child process come in here, and none of them from the checkout."""
    source = Path(__file__).parents[1] / "models" / "digits"
    model = checkout / "models" / "digits"
    shutil.copytree(source, model)
    checks = ("--check", "onnx-loads", "--check", "quality")
    done = run(checkout, str(SLUICE), "validate", "--all", *checks, "--format", "json")
    assert done.returncode == 0, done.stdout + done.stderr
    findings = json.loads(done.stdout)["findings"]
    assert ("onnx-loads", "pass") in {(found["check"], found["verdict"]) for found in findings}
    assert not (checkout.parent / "sprung").exists()
