"""A child that runs code of the submission reaches nothing but libraries and its scratch directory.

Each attempt of escape_attempts.py is real: a process of ours makes it, in the real child.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from sluicegate.validators.runner.containment import ContainmentError, contain
from sluicegate.validators.runner.finding import Verdict
from sluicegate.validators.runner.inputs import Inputs, Unavailable, made_by_the_parent
from sluicegate.validators.runner.limits import Limits
from sluicegate.validators.runner.registry import Check
from sluicegate.validators.runner.sandbox import MAIN, Request, child_of, run_isolated
from sluicegate.validators.runner.template import template_of


def loaded(name: str):
    """A module beside this one, which no test imports by name, so that the child runs it from its file."""
    found = importlib.util.spec_from_file_location(name, Path(__file__).resolve().with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(found)
    sys.modules[name] = module
    found.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def escapes():
    return loaded("escape_attempts")


def run(function):
    check = Check(function.__name__, "security", "Mend it.", function, isolated=True, runs_code=True)
    inputs = Inputs({}, {name: Unavailable("none") for name in made_by_the_parent()})
    with template_of(MAIN) as template:
        ((_, findings),) = run_isolated([check], inputs, Limits(wall_s=60), lambda check: None, template)
    return findings


@pytest.fixture(scope="module")
def outcomes(escapes):
    return run(escapes.attempts)


def test_every_attempt_is_refused_by_the_kernel(outcomes, escapes):
    assert [finding.message for finding in outcomes if finding.verdict != Verdict.PASS] == []
    assert [finding.message.split(":")[0] for finding in outcomes] == [
        attempt.__name__ for attempt in escapes.ATTEMPTS
    ]
    assert not Path("/tmp/sluice-escape").exists()


def test_numbers_are_computed_and_files_written_in_the_scratch_directory(escapes):
    (finding,) = run(escapes.honest_work)
    assert (finding.verdict, finding.message) == (Verdict.PASS, "3")


def test_a_death_is_an_error_that_says_at_what(escapes):
    (finding,) = run(escapes.tells_where_it_is)
    assert finding.verdict == Verdict.ERROR
    assert finding.message == "its process ended with exit code 0, in test_x.py\\u001b[2J"


@pytest.fixture
def second_thread():
    ends = threading.Event()
    thread = threading.Thread(target=ends.wait)
    thread.start()
    yield
    ends.set()
    thread.join()


def test_a_thread_that_would_stay_free_contains_nothing(second_thread, tmp_path):
    with pytest.raises(ContainmentError, match="threads already"):
        contain([], tmp_path)


def test_code_that_cannot_be_contained_does_not_run(escapes):
    check = Check("x", "security", "Mend it.", escapes.honest_work, isolated=True, runs_code=True)
    request = Request((check,), {}, {}, Limits(), readable=(Path("\0"),))
    with template_of(MAIN) as template, child_of(request, template) as child:
        ((finding,), problem) = child.answers("x", time.monotonic() + 60)
    assert (finding.verdict, problem) == (Verdict.ERROR, None)
    assert finding.message.startswith("not judged: the process cannot be contained: ")
    assert "Landlock" in finding.remedy


def test_an_unknown_machine_contains_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    with pytest.raises(ContainmentError, match="x86-64 and AArch64"):
        contain([], tmp_path)


OPENED_FOR_CUDA = """
import errno, socket, sys
from pathlib import Path
from sluicegate.validators.runner import containment

containment._GPU = "/dev/null"
containment.contain([], Path(sys.argv[1]))
with socket.socket(socket.AF_UNIX) as heard:
    heard.bind("\\0sluice-test-of-cuda")
    heard.listen()
    for act in (lambda: heard.connect("\\0sluice-test-of-cuda"), lambda: socket.socket(socket.AF_INET)):
        try:
            act()
        except OSError as problem:
            print(errno.errorcode[problem.errno])
"""


def test_where_a_gpu_is_a_unix_socket_opens_that_leads_nowhere(tmp_path):
    program = [sys.executable, "-c", OPENED_FOR_CUDA, str(tmp_path)]
    ended = subprocess.run(program, capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout.split() == ["EPERM", "EPERM"]


INSTALLED_ELSEWHERE = """
import sys
from pathlib import Path
from sluicegate.validators.runner.containment import contain

scratch, installed, repository = sys.argv[1:]
sys.path += [installed, repository]
contain([], Path(scratch))
import of_a_package
try:
    import of_a_repository
except ImportError:
    print(of_a_package.__name__)
"""


def test_packages_are_read_wherever_they_are_installed_and_no_repository(tmp_path):
    places = [tmp_path / name for name in ("scratch", "installed", "repository")]
    for place in places:
        place.mkdir()
    (places[1] / "of_a_package-1.dist-info").mkdir()
    (places[1] / "of_a_package.py").touch()
    (places[2] / "of_a_repository.py").touch()
    program = [sys.executable, "-c", INSTALLED_ELSEWHERE, *map(str, places)]
    ended = subprocess.run(program, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.stdout, ended.returncode) == ("of_a_package\n", 0), ended.stderr
