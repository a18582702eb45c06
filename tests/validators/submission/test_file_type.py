import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluicegate.validators.submission import file_type
from sluicegate.validators.submission.file_type import Budget, disallowed_content


class Runs:
    def __reduce__(self):
        return print, ("ran",)


def at(folder, name, data):
    path = folder / name
    path.write_bytes(data)
    return disallowed_content(path)


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("name", ["x.json", "x.txt", "x.csv", "x.onnx", "x.parquet", "LICENSE"])
def test_a_pickle_of_any_protocol_is_refused_by_any_name(tmp_path, name, protocol):
    assert "a pickle" in at(tmp_path, name, pickle.dumps(Runs(), protocol))


@pytest.mark.parametrize(
    "data",
    [
        b"cos\nsystem\n(S'id'\ntR.",
        b"cos\nsystem\n(S'id'\ntR and then what is no opcode",
        b"(S'id'\nios\nsystem\n.",
        b"(cos\nsystem\nS'id'\no.",
        b"S'" + b"x" * 1000 + b"'\n0cos\nsystem\n(S'id'\ntR.",
        b"\x8c\x02os\x8c\x06system\x93\x8c\x02id\x85R.",
    ],
)
def test_what_runs_before_its_end_or_without_a_header_is_a_pickle(tmp_path, data):
    assert "a pickle" in at(tmp_path, "x.txt", data)


def test_text_too_long_to_be_told_from_a_pickle_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(file_type, "HEAD", 64)
    assert "distinguished from a pickle" in at(
        tmp_path, "x.txt", b"S'" + b"x" * 99 + b"'\n0cos\nsystem\n(S'id'\ntR."
    )
    assert at(tmp_path, "x.csv", b"X1,X2\n" + b"1,2\n" * 99) is None
    assert at(tmp_path, "x.csv", b"carrier,late\n" + b"AA,1\n" * 99) is None


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.txt", b""),
        ("requirements.txt", b"cycler\nnumpy\nonnx\nRender\n"),
        ("x.csv", b"carrier,hour\n1,2\n.5,1\n"),
        ("x.csv", b"0.5,1\n"),
        ("x.md", "# Größe\n(see below)\n".encode()),
        ("x.json", b'{"a": [1, 2.5, null]}'),
        ("x.json", b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n"),
        ("x.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(21) + b"IEND" + bytes(4)),
        ("x.parquet", b"PAR1" + bytes(100)),
    ],
)
def test_what_is_what_its_name_says_passes(tmp_path, name, data):
    assert at(tmp_path, name, data) is None


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("x.csv", "Größe\n".encode("latin-1"), "not text in UTF-8"),
        ("x.md", b"cut off \xc3", "not text in UTF-8"),
        ("x.txt", bytes(10), "zero bytes"),
        ("x.yaml", b"MZ\x90", "native program"),
        ("x.json", b"{'a': 1}", "not JSON"),
        ("x.json", b"[" * 100_000, "not JSON"),
        ("x.json", b"1" * 5000, "not JSON"),
        ("x.json", b'"' + b"x" * file_type.MAX_JSON + b'"', "of at most 8,388,608"),
    ],
)
def test_what_is_not_what_its_name_says_is_named(tmp_path, name, data, says):
    assert says in at(tmp_path, name, data)


@given(st.recursive(st.integers() | st.text() | st.booleans(), lambda inner: st.lists(inner), max_leaves=5))
def test_json_is_never_taken_for_a_pickle(value):
    assert file_type._pickled(json.dumps(value).encode(), 1 << 20, Budget())[0] is False


@given(st.binary())
def test_no_bytes_break_the_reading(data):
    calls, open_end = file_type._pickled(data, len(data), Budget())
    assert (calls, open_end) != (True, True)


def test_a_file_of_nothing_but_opcodes_is_refused_soon(tmp_path):
    """A hundred of them would take minutes to read to the end."""
    budget = Budget()
    path = tmp_path / "x.txt"
    path.write_bytes(b"0" * (1 << 20))
    assert "distinguished from a pickle by 2,000 opcodes" in disallowed_content(path, budget)
    assert budget.opcodes >= 100_000 - 2_001


def test_the_files_of_a_directory_share_their_budget(tmp_path):
    path = tmp_path / "x.txt"
    path.write_bytes(b"00a")
    assert "opcodes" in disallowed_content(path, Budget(1))


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("x.md", b"#!/bin/sh\nrm -rf /\n", "a script"),
        ("x.parquet", b"not parquet", "no parquet file"),
        ("x.png", b"GIF89a", "no png file"),
        ("x.svg", b"<svg onload='x()'/>", "a picture that runs code"),
        ("x.svg", b"<svg><script>x()</script></svg>", "a picture that does more than draw"),
        ("x.onnx", b"BZh9" + b"x" * 50, "a bzip2 archive"),
        ("x.onnx", b"x" * 257 + b"ustar" + b"x" * 300, "a tar archive"),
        ("x.png", b"\x89PNG\r\n\x1a\n" + b"x" * 50 + b"PK\x05\x06" + b"\0" * 18, "behind something else"),
        ("x.onnx", b"\xcf\xfa\xed\xfe" + b"x" * 50, "a native program"),
    ],
)
def test_archives_programs_and_scripts_are_known_whatever_their_name(tmp_path, name, data, says):
    assert says in at(tmp_path, name, data)


LAUGHS = b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (LAUGHS, "line 1: an anchor is not allowed"),
        (b"a: 1\nb: 2\na: 3\n", "line 3: the key is given twice (first in line 1)"),
        (b"a: " + b"[" * 100 + b"]" * 100, "line 1: is nested deeper than 32"),
        (b"a: {b: 1\n", "is not YAML"),
        (b"a: 1\n---\na: 2\n", "line 2: a second document begins"),
    ],
)
def test_yaml_is_read_as_specs_are(tmp_path, data, says):
    assert says in at(tmp_path, "config.yml", data)


def test_yaml_of_a_directory_has_one_bound(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_bytes(b"# " + b"x" * 600_000 + b"\na: 1\n")
    budget = Budget()
    assert disallowed_content(path, budget) is None
    assert "more YAML than the 1,048,576 bytes" in disallowed_content(path, budget)


def test_a_key_that_json_has_twice_is_refused(tmp_path):
    assert "the key 'a' is given twice" in at(tmp_path, "x.json", b'{"b": [{"a": 1, "a": 2}]}')
    assert at(tmp_path, "x.json", b'{"b": [{"a": 1}, {"a": 2}]}') is None
