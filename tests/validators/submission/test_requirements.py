"""What a requirements file pins, and which of its lines bring packages without saying which."""

from __future__ import annotations

import pytest

from sluicegate.validators.submission.requirements import FILES, Pin, pins, unpinned


def test_pins_are_read_whatever_is_beside_them() -> None:
    text = """
    # packages
    --index-url https://example.org/simple
    NumPy==2.1.0 \\
        --hash=sha256:abcd
    scikit_learn[x] == 1.7.2 ; python_version > "3.10"
    torch==2.9.0rc1.post2+cpu
    """
    found = [("numpy", "2.1.0", 4), ("scikit-learn", "1.7.2", 6), ("torch", "2.9.0rc1.post2+cpu", 7)]
    assert list(pins(text)) == [Pin(*one) for one in found]
    assert list(unpinned(text)) == []


@pytest.mark.parametrize(
    "line",
    [
        "pandas>=2", "pandas", "pandas==2.*", "pandas==two", "pandas==2.1x", "-r other.txt", "-e .",
        "--requirement=other.txt", "git+https://example.org/x==1", "pandas @ https://example.org/x==1.whl",
    ],
)  # fmt: skip
def test_a_line_without_a_version_is_told(line: str) -> None:
    assert (list(pins(line)), list(unpinned(line))) == ([], [1])


def test_files_are_those_that_pip_is_given() -> None:
    names = ["requirements.txt", "train/requirements-gpu.txt", "Requirements.TXT", "notes.txt", "a.py"]
    assert [name for name in names if FILES.fullmatch(name)] == names[:3]
