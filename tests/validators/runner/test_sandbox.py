import time
from dataclasses import replace
from pathlib import Path

import pytest

from sluicegate.validators.runner.finding import Verdict
from sluicegate.validators.runner.inputs import Inputs, Unavailable, made_by_the_parent
from sluicegate.validators.runner.registry import Check
from sluicegate.validators.runner.sandbox import MAIN, Limits, run_isolated
from sluicegate.validators.runner.template import template_of

LIMITS = Limits(wall_s=20, cpu_s=20, file=16 << 20)


@pytest.fixture(scope="module")
def hostile(hostile_module):
    return lambda name: Check(name, "security", "Mend it.", getattr(hostile_module, name), isolated=True)


def run(checks, limits=LIMITS, *, contained=True):
    inputs = Inputs({}, {name: Unavailable("none") for name in made_by_the_parent()})
    with template_of(MAIN) as template:
        found = run_isolated(checks, inputs, limits, lambda check: None, template, contained=contained)
        return {check.id: findings for check, findings in found}


BROKEN = {
    "segfaults": "its process ended by SIGSEGV",
    "kills_itself": "its process ended by SIGKILL",
    "exits": "its process ended with exit code 7, saying '\\x1b[2Jgoodbye'",
    "eats_memory": "out of memory",
    "fills_the_disk": "OSError",
    "raises": "the check broke: KeyError at hostile_checks.py:",
    "says_nothing": "the check yielded no finding",
    "writes_garbage": "its process returned an invalid finding",
    "writes_without_end": "a line of more than",
    "forges_another_check": "an answer that is not one of forges_another_check",
    "forges_a_model": "an answer that is not one of forges_a_model",
    "forges_a_verdict": "a finding with a wrong field",
    "says_not_a_number": "is not JSON",
    "floods": "more than 1000 findings",
}


@pytest.fixture(scope="module")
def broken(hostile):
    """One run of them all, a harmless check after each."""
    harmless = [replace(hostile("fine"), id=f"after-{name}") for name in BROKEN]
    checks = [check for pair in zip(map(hostile, BROKEN), harmless, strict=True) for check in pair]
    return run(checks)


@pytest.mark.parametrize("name", BROKEN)
def test_what_breaks_a_check_is_its_error_alone(broken, name):
    found = broken[name]
    assert found[-1].verdict == Verdict.ERROR
    assert BROKEN[name] in found[-1].message
    assert found[-1].remedy
    assert {finding.check for finding in found} == {name}
    assert [finding.verdict for finding in broken[f"after-{name}"]] == [Verdict.PASS]


def test_findings_before_the_death_are_kept(broken):
    assert [finding.verdict for finding in broken["segfaults"]] == [Verdict.PASS, Verdict.ERROR]


def _ends(status: Path) -> bool:
    """Whether the process, which was killed, is gone before long: a busy machine takes its time."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            if status.read_text().split(")")[1].split()[0] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.05)
    return False


def test_a_hanging_check_ends_at_the_wall_limit_with_all_that_it_started(hostile):
    found = run([hostile("hangs_in_company"), hostile("fine")], Limits(wall_s=5), contained=False)
    orphan, ended = found["hangs_in_company"]
    assert (ended.verdict, ended.message) == (Verdict.FAIL, "over the wall limit of 5 s")
    assert _ends(Path(f"/proc/{orphan.message}/stat"))
    (after,) = found["fine"]
    assert after.verdict == Verdict.INCONCLUSIVE
    assert after.message == "not judged: the model ran out of time in hangs_in_company (see hangs_in_company)"


def test_a_spinning_check_ends_at_the_limit_of_processor_time(hostile):
    found = run([hostile("spins")], Limits(wall_s=60, cpu_s=2))
    assert found["spins"][-1].message == "over the CPU limit of 2 s"


def test_an_input_that_killed_a_child_is_not_made_again(hostile):
    needy = [replace(hostile(name), needs=("test-deadly",)) for name in ("takes", "takes_again")]
    found = run([*needy, hostile("fine")], Limits(wall_s=20))
    assert found["takes"][-1].message == "its process ended by SIGKILL"
    (again,) = found["takes_again"]
    assert again.verdict == Verdict.ERROR
    assert "`test-deadly` was not made: its process ended by SIGKILL (see takes)" in again.message
    assert found["fine"][0].verdict == Verdict.PASS


def test_past_the_models_time_no_check_is_run(hostile):
    rest = [replace(hostile("fine"), id=f"fine-{n}") for n in range(3)]
    found = run([hostile("hangs"), *rest], Limits(wall_s=60, total_s=4))
    assert found["hangs"][-1].message == "over the wall limit of 4 s for the whole model"
    for check in rest:
        (finding,) = found[check.id]
        assert finding.verdict == Verdict.INCONCLUSIVE
        assert "the model ran out of time in hangs" in finding.message


def test_text_that_moves_a_terminal_is_escaped_and_cut(hostile):
    (finding,) = run([hostile("moves_the_cursor")])["moves_the_cursor"]
    assert finding.message.startswith("\\u001b[2J\\u202eevilxxx")
    assert len(finding.message) < 2_100
    assert finding.observed == "nan"
    assert finding.interval is None


def test_the_child_has_no_environment_of_ours(hostile, monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    (finding,) = run([hostile("tells_its_environment")])["tells_its_environment"]
    assert "TOKEN" not in finding.message
    assert "PYTHONPATH" not in finding.message


def test_the_child_works_in_a_scratch_directory_that_is_gone_afterwards(hostile):
    before = set(Path("/proc/self/fd").iterdir())
    (finding,) = run([hostile("fine")])["fine"]
    assert finding.message == "in sluice-child"
    assert len(set(Path("/proc/self/fd").iterdir())) == len(before)


def test_an_input_that_could_not_be_made_here_is_an_error_there(hostile):
    import sluicegate.validators.checks.graph as graph

    check = Check("onnx-loads", "graph", "Mend it.", graph.onnx_loads, needs=("session", "files", "spec"))
    (finding,) = run([check])["onnx-loads"]
    assert (finding.verdict, finding.message) == (Verdict.ERROR, "not judged: none")


def test_no_way_leads_to_the_process_that_children_are_forked_from(hostile):
    (finding,) = run([hostile("looks_for_the_template")])["looks_for_the_template"]
    assert finding.message == "0 sockets, a session of its own: True"


def test_code_of_the_submission_is_not_run_for_a_model_that_ran_out_of_time(hostile):
    found = run([replace(hostile("fine"), id="own-code", runs_code=True), hostile("hangs")], Limits(wall_s=3))
    (finding,) = found["own-code"]
    assert finding.verdict == Verdict.INCONCLUSIVE
    assert finding.message == "not judged: the model ran out of time in hangs (see hangs)"


def test_an_input_that_ended_a_child_is_not_made_for_code_of_the_submission(hostile):
    takes = replace(hostile("takes"), needs=("test-deadly",))
    found = run([takes, replace(takes, id="own-code", runs_code=True)])
    (again,) = found["own-code"]
    assert "`test-deadly` was not made: its process ended by SIGKILL (see takes)" in again.message
