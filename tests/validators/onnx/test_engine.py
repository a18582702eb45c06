import pytest

from sluicegate.validators.onnx.engine import runtime
from sluicegate.validators.runner.inputs import Unavailable


def test_both_runtimes_at_once_are_an_error_with_a_remedy(tmp_path, monkeypatch):
    for name in ("onnxruntime", "onnxruntime_gpu"):
        info = tmp_path / f"{name}-1.31.1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.31.1\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(Unavailable, match="at once") as caught:
        runtime()
    assert (
        caught.value.remedy
        == "Uninstall both, then install `sluicegate[cpu]` or `sluicegate[gpu]`, not both."
    )


def test_no_runtime_is_an_error_with_a_remedy(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    with pytest.raises(Unavailable, match="not installed") as caught:
        runtime()
    assert caught.value.remedy == "Install `sluicegate[cpu]` or `sluicegate[gpu]`."
