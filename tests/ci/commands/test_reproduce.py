"""`sluice reproduce`: a training really run, in an environment of its own, and held against the version."""

from __future__ import annotations

import pytest

from sluicegate.ci.scaffold.imported import CI_VARIABLES

MODEL = "models/tiny/model.yaml"
TRAIN = (
    "import shutil, sys\n"
    "print('trained by', sys.prefix)\n"
    "shutil.copyfile('models/tiny/{source}', 'models/tiny/made.onnx')\n"
)


@pytest.fixture(autouse=True)
def own_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in CI_VARIABLES:
        monkeypatch.delenv(name, raising=False)


def declare(work, source: str, more: str = "") -> None:
    """A training that copies a committed file, without packages; the commit."""
    training = (
        "{command: [python, models/tiny/train.py], requirements: models/tiny/pins.txt, "
        f"output: models/tiny/made.onnx{more}}}"
    )
    work.edit(MODEL, "  rollout:", f"  lineage: {{training: {training}}}\n  rollout:")
    work.write("models/tiny/train.py", TRAIN.format(source=source))
    work.write("models/tiny/pins.txt", "")
    work.commit()


def test_the_same_bytes_are_the_version_again(sluice, work, capfd) -> None:
    declare(work, "model.onnx")
    work.write("models/tiny/train.py", "what is not committed does not count")
    done = sluice("reproduce", "tiny", "-C", work.root)
    assert done.exit_code == 0, done.output
    assert "the same bytes again" in done.output
    assert "sluice-reproduce-" in capfd.readouterr().err.split("trained by")[1]


def test_other_bytes_are_not_without_a_tolerance_and_are_by_their_metric_within_it(
    sluice, work, tmp_path
) -> None:
    import onnx

    again = onnx.load(work.root / "models/tiny/model.onnx")
    again.producer_name = "another day"
    onnx.save(again, work.root / "models/tiny/again.onnx")
    declare(work, "again.onnx")
    refused = sluice("reproduce", "tiny", "-C", work.root, "--json")
    assert (refused.exit_code, '"good": false' in refused.output) == (1, True)
    work.edit(MODEL, "made.onnx}", "made.onnx, tolerance: 0.001}")
    work.commit()
    done = sluice("reproduce", "tiny", "-C", work.root, "--version", "1")
    assert done.exit_code == 0, done.output
    assert "within the tolerance of 0.001" in done.output


def test_what_cannot_be_run_is_named(sluice, work, monkeypatch) -> None:
    assert "declares no `lineage.training`" in sluice("reproduce", "tiny", "-C", work.root).stderr
    declare(work, "nothing.onnx")
    failed = sluice("reproduce", "tiny", "-C", work.root)
    assert (failed.exit_code, "python ended with 1" in failed.stderr) == (1, True)
    missing = sluice("reproduce", "tiny", "-C", work.root, "--version", "9")
    assert "version 9 of tiny is not in the history" in missing.stderr
    monkeypatch.setenv("CI", "true")
    assert "this is a CI job (CI is set)" in sluice("reproduce", "tiny", "-C", work.root).stderr
