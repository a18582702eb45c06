"""What a requirements file pins, and which of its lines bring packages without saying which."""

from __future__ import annotations

import pytest

from sluicegate.validators.submission.requirements import FILES, Pin, pins, sources, unpinned


def test_pins_are_read_whatever_is_beside_them() -> None:
    text = """
    # packages
    NumPy==2.1.0 \\
        --hash=sha256:abcd
    scikit_learn[x] == 1.7.2 ; python_version > "3.10"
    torch==2.9.0rc1.post2+cpu
    """
    found = [
        ("numpy", "2.1.0", 3, True),
        ("scikit-learn", "1.7.2", 5),
        ("torch", "2.9.0rc1.post2+cpu", 6),
    ]
    assert list(pins(text)) == [Pin(*one) for one in found]
    assert list(unpinned(text)) == []
    assert list(sources(text)) == []


@pytest.mark.parametrize(
    "line", ["pandas>=2", "pandas", "pandas==2.*", "pandas==two", "pandas==2.1x", "pandas===2.1"]
)
def test_a_line_without_a_version_is_told(line: str) -> None:
    assert (list(pins(line)), list(unpinned(line)), list(sources(line))) == ([], [1], [])


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("git+https://example.org/x==1", "an address"),
        ("pandas @ https://example.org/x==1.whl", "an address"),
        ("pandas@https://example.org/x", "an address"),
        ("pandas==2.1.0 @ https://example.org/x", "an address"),
        ("./wheels/pandas", "an address"),
        (".", "an address"),
        ("pandas-2.1.0-py3-none-any.whl", "an address"),
        ("file:pandas", "an address"),
        ("pandas==${VERSION}", "a variable"),
        ("-r other.txt", "another file, other.txt"),
        ("-rother.txt", "another file, other.txt"),
        ("--requirement=../requirements.txt", "another file, ../requirements.txt"),
        ("-c https://example.org/constraints.txt", "another file, https:"),
        ("-e .", "an option, -e"),
        ("-i https://example.org", "an option, -i"),
        ("--index-url=https://example.org", "an option, --index-url"),
        ("--extra-i https://example.org", "an option, --extra-i"),
        ("--find-links wheels", "an option, --find-links"),
        ("--trusted-host example.org", "an option, --trusted-host"),
        ("pandas==2.1.0 --config-settings=x=y", "an option, --config-settings"),
        ("pandas==2.1.0 \\\n  --index-url https://example.org", "an option, --index-url"),
    ],
)
def test_a_line_that_leads_elsewhere_is_told_and_by_what(line: str, says: str) -> None:
    (found,) = sources(line)
    assert found.line == 1
    assert found.what.startswith(says)
    assert list(unpinned(line)) == []


def test_a_comment_does_not_hide_the_line_below_it() -> None:
    assert [one.line for one in sources("# all is pinned \\\n-e git+https://example.org/x\n")] == [2]


def test_other_files_of_requirements_are_judged_by_themselves() -> None:
    assert not list(sources("-r requirements-gpu.txt\n--no-binary :all:\n--require-hashes\n"))


def test_files_are_those_that_pip_is_given() -> None:
    names = ["requirements.txt", "train/requirements-gpu.txt", "Requirements.TXT", "requirements/base.txt"]
    names += ["dev-requirements.txt", "constraints.txt", "notes.txt", "requirements.md", "a.py"]
    assert [name for name in names if FILES.fullmatch(name)] == names[:6]
