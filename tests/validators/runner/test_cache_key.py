"""What a result is kept by: whatever a contained child can see, and nothing else."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from sluicegate.specs.tree import WorkTree
from sluicegate.specs.yamlio import parse
from sluicegate.validators.runner import cache_key
from sluicegate.validators.runner.cache_key import Unkeyed, digest_of, judge_digest, key_of
from sluicegate.validators.runner.inputs import sent_for
from sluicegate.validators.runner.limits import Limits
from sluicegate.validators.runner.registry import Check, checks
from sluicegate.validators.submission.files import ModelFiles, materialise

DAY = date(2026, 11, 26)


def files(folder: Path, content: bytes = b"weights", name: str = "model.onnx") -> ModelFiles:
    path = folder / "tree/models/m" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    return materialise(WorkTree(folder / "tree"), "models/m", folder / "copy")


def asks(*needs: str, **more: str) -> Check:
    return Check("c", "quality", "Mend it.", lambda: iter(()), isolated=True, needs=needs, **more)


@pytest.fixture
def given(tmp_path: Path) -> dict[str, object]:
    return {
        "files": files(tmp_path / "one"),
        "spec": {"version": 2, "sections": {}},
        "document": parse(b"a: 1\n", "models/m/model.yaml"),
        "production": None,
        "today": DAY,
    }


CHECK = asks("files", "spec", "document", "production")


def test_the_same_inputs_have_one_key_wherever_their_files_were_copied_to(tmp_path, given) -> None:
    key = key_of(CHECK, given, Limits(), "judge")
    assert key is not None
    assert key == key_of(CHECK, given | {"files": files(tmp_path / "two")}, Limits(), "judge")


@pytest.mark.parametrize(
    "change",
    [
        {"spec": {"version": 3, "sections": {}}},
        {"document": parse(b"a: 2\n", "models/m/model.yaml")},
        {"document": parse(b"a: 1\n", "models/n/model.yaml")},
        {"production": ("version", 1)},
    ],
    ids=str,
)
def test_another_input_is_another_key(given, change) -> None:
    assert key_of(CHECK, given, Limits(), "judge") != key_of(CHECK, given | change, Limits(), "judge")


@pytest.mark.parametrize("other", [{"content": b"weightz"}, {"name": "other.onnx"}], ids=str)
def test_another_byte_and_another_name_of_a_file_are_another_key(tmp_path, given, other) -> None:
    changed = given | {"files": files(tmp_path / "two", **other)}
    assert key_of(CHECK, given, Limits(), "judge") != key_of(CHECK, changed, Limits(), "judge")


def test_code_machine_limits_and_check_are_in_the_key(given) -> None:
    keys = {
        key_of(CHECK, given, Limits(), "judge"),
        key_of(CHECK, given, Limits(), "another judge"),
        key_of(CHECK, given, Limits(memory=1 << 30), "judge"),
        key_of(replace(CHECK, id="d"), given, Limits(), "judge"),
    }
    assert len(keys) == 4


def test_what_a_check_does_not_ask_for_is_not_in_its_key(given) -> None:
    """Most results last longer than a day."""
    tomorrow = given | {"today": date(2026, 11, 27)}
    assert key_of(CHECK, given, Limits(), "judge") == key_of(CHECK, tomorrow, Limits(), "judge")
    dated = asks("files", "today")
    assert key_of(dated, given, Limits(), "judge") != key_of(dated, tomorrow, Limits(), "judge")


def test_a_check_with_rules_of_its_own_depends_on_the_spec() -> None:
    assert key_of(asks("rules", section="c"), {}, Limits(), "judge") is None
    assert key_of(asks("rules", section="c"), {"spec": 1}, Limits(), "judge") is not None


def test_an_input_that_is_missing_or_has_no_digest_has_no_key(given) -> None:
    assert key_of(asks("files", "nobody_provides_it"), given, Limits(), "judge") is None
    assert key_of(CHECK, given | {"spec": object()}, Limits(), "judge") is None
    with pytest.raises(Unkeyed, match="a object has no digest"):
        digest_of([object()])


def test_what_looks_alike_has_different_digests() -> None:
    values = [1, 1.0, "1", b"1", True, None, "None", [1], (1,), {1}, {"1": 1}, [[1], 2], [1, [2]], DAY]
    assert len({digest_of(value) for value in values}) == len(values)


def test_every_isolated_check_asks_for_what_can_be_sent() -> None:
    """None of ours is left out of the cache because it wants what a child does not get."""
    sent = {
        "spec",
        "document",
        "files",
        "production",
        "reference_versions",
        "earlier_versions",
        "base",
        "today",
    }
    sent |= {"engine_options", "expectation_positions", "approved"}
    for check in checks().values():
        if check.isolated:
            assert sent_for(name for name in check.needs if name != "rules") <= sent, check.id


def test_our_code_and_the_installed_packages_are_what_judges(tmp_path, monkeypatch) -> None:
    def judge() -> str:
        judge_digest.cache_clear()
        return judge_digest()

    try:
        before = judge()
        assert before == judge()
        plugin = tmp_path / "plugin.py"
        plugin.write_text("x = 1\n")
        monkeypatch.setattr(cache_key, "plugin_directories", lambda: [plugin])
        with_plugin = judge()
        plugin.write_text("x = 2\n")
        changed = judge()
        packages = tmp_path / "site/another-1.0.dist-info"
        packages.mkdir(parents=True)
        monkeypatch.syspath_prepend(packages.parent)
        another = judge()
        shutil.rmtree(packages)
        monkeypatch.setenv("LD_LIBRARY_PATH", "/elsewhere")
        assert len({before, with_plugin, changed, another, judge()}) == 5
    finally:
        judge_digest.cache_clear()
