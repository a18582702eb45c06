"""An owner's pytest files run in the real, contained child; nothing but tests that pass is a pass."""

from __future__ import annotations

import pytest
from support.tested_models import judge_tests

from sluicegate.validators.runner.finding import Verdict
from sluicegate.validators.runner.limits import Limits

HONEST = """
import json
from pathlib import Path

import numpy as np
import pytest

KNOWN = json.loads((Path(__file__).parent / "known.json").read_text())


def test_known_answers(session):
    (found,) = session.run(["probability"], {"features": np.array(KNOWN["rows"], np.float32)})
    assert found == pytest.approx(KNOWN["answers"], abs=1e-4)


def test_every_row_is_answered(session, rows):
    (found,) = session.run(None, rows.feeds)
    assert found.shape == rows.labels.shape == (len(rows.frame),)
    assert set(rows.frame["site"]) == {"a", "b"}


@pytest.mark.parametrize("column", ["size", "hour"])
def test_more_is_later(rows, answers, column):
    more = rows.frame.assign(**{column: rows.frame[column] + 1})
    assert (answers(more)["probability"] > answers(rows.frame)["probability"]).all()


def test_no_row_moves_far_from_production(production, session, rows, tmp_path):
    (old,), (new,) = production.run(None, rows.feeds), session.run(None, rows.feeds)
    (tmp_path / "differences.txt").write_text(str(old - new))
    assert np.abs(old - new).max() < 0.2
"""
KNOWN = '{"rows": [[0, 0, 0]], "answers": [0.5]}'
FILES = {"test_answers.py": HONEST, "known.json": KNOWN}


def test_honest_tests_pass(tmp_path):
    (finding,) = judge_tests(tmp_path, FILES, first=False)
    assert finding.verdict == Verdict.PASS, finding.message
    assert finding.message.startswith("5 of 5 tests in ")
    assert (finding.observed, finding.threshold) == (5, 5)


def test_a_first_version_is_compared_with_nothing(tmp_path):
    skipped, passed = judge_tests(tmp_path, FILES)
    assert (skipped.verdict, passed.verdict) == (Verdict.SKIPPED, Verdict.PASS)
    assert skipped.message == (
        "tests/test_answers.py::test_no_row_moves_far_from_production: first version: nothing runs that it "
        "could be compared with"
    )
    assert passed.message.startswith("4 of 5 tests in ")


def test_a_failure_names_the_test_its_line_and_both_values(tmp_path):
    in_test, in_helper, passed = judge_tests(
        tmp_path,
        {
            "helpers.py": "def check(value):\n    raise ValueError(f'too high: {value:.1f}\\x1b[2J')\n",
            "test_a.py": "from helpers import check\n\n\ndef test_low(rows):\n    count = len(rows.frame)\n"
            "    assert count < 40\n\n\ndef test_checked():\n    check(0.5)\n\n\n"
            "def test_fine():\n    pass\n",
        },
    )
    assert (in_test.verdict, passed.verdict) == (Verdict.FAIL, Verdict.PASS)
    assert (in_test.path, in_test.line) == ("models/tiny/tests/test_a.py", 6)
    assert in_test.message == "tests/test_a.py::test_low: assert 400 < 40"
    assert in_test.remedy.startswith("Look at the test that is named")
    assert (in_helper.path, in_helper.line) == ("models/tiny/tests/helpers.py", 2)
    assert in_helper.message == "tests/test_a.py::test_checked: ValueError: too high: 0.5\\u001b[2J"


NEVER_A_PASS = {
    "no test function": (
        {"test_a.py": "def check():\n    pass\n"},
        Verdict.FAIL,
        "tests/test_a.py holds no test",
    ),
    "one file without a test": (
        {"test_a.py": "def test_a():\n    pass\n", "test_b.py": "X = 1\n"},
        Verdict.FAIL,
        "tests/test_b.py holds no test",
    ),
    "no file of that name": (
        {"check_a.py": "def test_a():\n    pass\n"},
        Verdict.FAIL,
        "tests/check_a.py is there, and no file of tests",
    ),
    "exits with 0": (
        {"test_a.py": "import os\n\n\ndef test_a():\n    os._exit(0)\n"},
        Verdict.ERROR,
        "its process ended with exit code 0, in tests/test_a.py::test_a",
    ),
    "exits when it is imported": (
        {"test_a.py": "import os\nos._exit(0)\n"},
        Verdict.ERROR,
        "its process ended with exit code 0, in tests/test_a.py",
    ),
    "sys.exit in a test": (
        {"test_a.py": "import sys\n\n\ndef test_a():\n    sys.exit(0)\n"},
        Verdict.FAIL,
        "tests/test_a.py::test_a: SystemExit: 0",
    ),
    "sys.exit in a file": ({"test_a.py": "import sys\nsys.exit(0)\n"}, Verdict.FAIL, "pytest"),
    "pytest.exit with 0": (
        {
            "test_a.py": "import pytest\n\n\ndef test_a():\n    pass\n\n\ndef test_b():\n"
            "    pytest.exit('done', returncode=0)\n\n\ndef test_c():\n    assert False\n"
        },
        Verdict.FAIL,
        "2 of 3 tests were found and not run: tests/test_a.py::test_b, tests/test_a.py::test_c",
    ),
    "taken out by conftest.py": (
        {
            "conftest.py": "def pytest_collection_modifyitems(items):\n    del items[1:]\n",
            "test_a.py": "def test_a():\n    pass\n\n\ndef test_b():\n    assert False\n",
        },
        Verdict.FAIL,
        "1 of 2 tests were found and not run: tests/test_a.py::test_b",
    ),
    "ignored by conftest.py": (
        {
            "conftest.py": "collect_ignore = ['test_b.py']\n",
            "test_a.py": "def test_a():\n    pass\n",
            "test_b.py": "def test_b():\n    assert False\n",
        },
        Verdict.FAIL,
        "tests/test_b.py holds no test",
    ),
    "a hook that breaks": (
        {
            "conftest.py": "def pytest_collection_finish():\n    raise KeyError('gone')\n",
            "test_a.py": "def test_a():\n    pass\n",
        },
        Verdict.FAIL,
        "pytest broke: KeyError: 'gone'",
    ),
    "a conftest.py that breaks": (
        {"conftest.py": "1 / 0\n", "test_a.py": "def test_a():\n    pass\n"},
        Verdict.FAIL,
        "pytest could not start: conftest.py fails, or uses what does not exist: ZeroDivisionError: ",
    ),
    "a file that does not compile": (
        {"test_a.py": "def test_a(:\n"},
        Verdict.FAIL,
        "tests/test_a.py: ",
    ),
    "all skipped": (
        {"test_a.py": "import pytest\n\n\n@pytest.mark.skip(reason='no time')\ndef test_a():\n    pass\n"},
        Verdict.INCONCLUSIVE,
        "all 1 tests are skipped: nothing was judged",
    ),
    "a file skipped as a whole": (
        {"test_a.py": "import pytest\n\npytest.importorskip('no_such_module')\n"},
        Verdict.INCONCLUSIVE,
        "all 1 tests are skipped: nothing was judged",
    ),
    "all expected to fail": (
        {"test_a.py": "import pytest\n\n\n@pytest.mark.xfail\ndef test_a():\n    assert False\n"},
        Verdict.INCONCLUSIVE,
        "all 1 tests are skipped: nothing was judged",
    ),
    "breaks after the test": (
        {
            "test_a.py": "import pytest\n\n\n@pytest.fixture\ndef broken():\n    yield\n"
            "    assert False, 'x'\n\n\ndef test_a(broken):\n    pass\n"
        },
        Verdict.FAIL,
        "tests/test_a.py::test_a: teardown: AssertionError: x",
    ),
    "a fixture that is not there": (
        {"test_a.py": "def test_a(model):\n    pass\n"},
        Verdict.FAIL,
        "fixture 'model' not found",
    ),
    "reads the network": (
        {
            "test_a.py": "import socket\n\n\ndef test_a():\n"
            "    socket.create_connection(('127.0.0.1', 9), timeout=5)\n"
        },
        Verdict.FAIL,
        "PermissionError: [Errno 1] Operation not permitted",
    ),
    "answers for another check": (
        {
            "test_a.py": "import contextlib\nimport os\nfrom pathlib import Path\n\n\ndef test_a():\n"
            "    for number in range(3, 64):\n"
            '        if Path(f"/proc/self/fd/{number}").is_fifo():\n'
            "            with contextlib.suppress(OSError):  # one that can only be read\n"
            '                os.write(number, b\'{"done": "quality"}\\n\')\n'
        },
        Verdict.ERROR,
        "an answer that is not one of own-tests, in tests/test_a.py::test_a",
    ),
}


@pytest.mark.parametrize("case", NEVER_A_PASS)
def test_it_is_never_a_pass(tmp_path, case):
    tests, verdict, says = NEVER_A_PASS[case]
    findings = judge_tests(tmp_path, tests)
    assert Verdict.of([finding.verdict for finding in findings]) == verdict
    stopped = [finding for finding in findings if finding.verdict == verdict]
    assert any(says in finding.message for finding in stopped), [finding.message for finding in findings]
    assert all(finding.remedy for finding in stopped)


def test_a_test_without_end_is_refused_at_the_limit_and_named(tmp_path):
    forever = "import threading\n\n\ndef test_a():\n    threading.Event().wait()\n"
    (finding,) = judge_tests(tmp_path, {"test_a.py": forever}, limits=Limits(wall_s=15))
    assert finding.verdict == Verdict.FAIL
    assert finding.message == "over the wall limit of 15 s, in tests/test_a.py::test_a"


def test_what_it_does_to_its_process_is_nothing_to_the_other_checks(tmp_path):
    patch = (
        "from sluicegate.validators.runner import judge\n\n\ndef test_a():\n"
        "    judge.judge = None\n    judge.Check.findings = lambda *_: iter(())\n"
    )
    findings = judge_tests(tmp_path, {"test_a.py": patch}, ids=("quality", "own-tests", "latency"))
    assert {finding.check for finding in findings} == {"quality", "own-tests", "latency"}
    quality = [finding for finding in findings if finding.check == "quality"]
    assert [finding.verdict for finding in quality if "0.7" not in finding.message] != []


def test_without_tests_nothing_is_run(tmp_path):
    (finding,) = judge_tests(tmp_path, {"golden.csv": "size,expected.probability\n"})
    assert (finding.verdict, finding.message) == (Verdict.SKIPPED, "the model has no tests/test_*.py")
