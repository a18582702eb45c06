from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

from support.gate_scene import ENVIRONMENT, Scene
from support.releases import V1, V2
from support.repositories import bare_repository
from support.specs import environment_yaml

from sluicegate.ci.commands.status import _row
from sluicegate.gate.adapters.git.contents import ObjectReader
from sluicegate.specs.release import Release, Step, Traffic


def test_nothing_is_released_yet(sluice, work) -> None:
    result = sluice("status", "-C", work.root)
    assert result.exit_code == 0
    assert "Nothing is released yet" in result.output


def test_each_release_in_the_order_of_the_environments(sluice, work, digest) -> None:
    revision = work.git("rev-parse", "main")
    work.release("production", "tiny", 1, revision, digest, hold="audit\nnext")
    work.release("dev", "tiny", 2, revision, digest)
    head = work.commit("production: finish tiny 1")
    data = json.loads(sluice("status", "-C", work.root, "--json").stdout)
    assert data["head"] == head
    assert [(row["environment"], row["stable"], row["hold"]) for row in data["releases"]] == [
        ("dev", 2, None),
        ("production", 1, "audit\nnext"),
    ]
    assert data["releases"][0]["reason"] == "production: finish tiny 1"
    table = sluice("status", "-C", work.root).output.splitlines()
    assert table[0].split()[:3] == ["environment", "model", "stable"]
    assert "audit next" in table[2]


def test_one_model_is_shown_with_what_its_version_comes_from(sluice, work, digest) -> None:
    file = work.root / "models/tiny/model.yaml"
    lineage = "  lineage: {run: mlflow:/1/ab12, code: git+https://git.example.org/a/b.git@3c1e3c1e}\n"
    file.write_text(file.read_text() + lineage)
    for model in ("tiny", "other"):
        work.release("dev", model, 1, work.git("rev-parse", "main"), digest)
    work.commit("dev: finish tiny 1")
    said = sluice("status", "tiny", "-C", work.root).output
    assert "other" not in said
    assert "comes from run mlflow:/1/ab12, code https://git.example.org/a/b/commit/3c1e3c1e\n" in said
    data = json.loads(sluice("status", "tiny", "-C", work.root, "--json").stdout)
    assert [row["model"] for row in data["releases"]] == ["tiny"]
    assert data["lineage"]["run"] == "mlflow:/1/ab12"
    unknown = sluice("status", "nobody", "-C", work.root)
    assert unknown.exit_code == 1 and "nobody" in unknown.output


def test_main_is_shown_not_what_is_checked_out(sluice, work, digest) -> None:
    work.git("checkout", "--quiet", "-b", "topic")
    work.release("dev", "tiny", 2, work.git("rev-parse", "main"), digest)
    work.commit()
    assert "Nothing is released yet" in sluice("status", "-C", work.root).output


def test_a_running_release(sluice, work) -> None:
    from dataclasses import replace
    from datetime import UTC, datetime, timedelta

    from sluicegate.specs.release import Release, Step, Traffic, Version
    from sluicegate.specs.release_file import render

    stable, canary = (Version(n, work.git("rev-parse", "main"), "sha256:" + str(n) * 64) for n in (1, 2))
    since = datetime.now(UTC) - timedelta(hours=3)
    step = Step(1, Traffic(10, 990), {})
    release = Release("tiny", "dev", stable, canary, 5, since, since, counts=(step,))
    work.write("environments/dev/tiny/release.yaml", render(release).decode())
    work.commit("dev: advance")
    (row,) = json.loads(sluice("status", "-C", work.root, "--json").stdout)["releases"]
    assert (row["stable"], row["canary"], row["weight"], row["step"]) == (1, 2, 5, 2)
    line = sluice("status", "-C", work.root).output.splitlines()[1]
    assert "3 h ago" in line
    assert "5 %" in line and "baseline" not in line
    beside = replace(release, baseline=True)
    work.write("environments/dev/tiny/release.yaml", render(beside).decode())
    work.commit("dev: advance beside a baseline")
    assert "5 % + 5 % baseline" in sluice("status", "-C", work.root).output.splitlines()[1]


def test_a_broken_release_is_shown_and_is_1(sluice, work) -> None:
    work.write("environments/dev/tiny/release.yaml", "nonsense: true\n")
    work.commit()
    result = sluice("status", "-C", work.root)
    assert result.exit_code == 1
    assert "environments/dev/tiny/release.yaml" in result.stdout
    assert "cannot be read" in result.stderr


def test_a_link_in_the_place_of_a_release_is_shown_and_is_1(sluice, work) -> None:
    link = work.root / "environments/dev/tiny/release.yaml"
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to("elsewhere.yaml")
    work.commit()
    result = sluice("status", "-C", work.root)
    assert result.exit_code == 1
    assert "environments/dev/tiny/release.yaml is a link" in " ".join(result.stderr.split())


def test_one_model_is_shown_whatever_is_wrong_with_another(sluice, work, digest) -> None:
    work.release("dev", "tiny", 1, work.git("rev-parse", "main"), digest)
    work.write("environments/dev/other/release.yaml", "nonsense: true\n")
    work.commit()
    assert sluice("status", "-C", work.root).exit_code == 1
    result = sluice("status", "tiny", "-C", work.root)
    assert result.exit_code == 0
    assert "other" not in result.stdout


def test_each_release_is_read_once(sluice, work, digest, monkeypatch) -> None:
    path = "environments/dev/environment.yaml"
    work.write(path, environment_yaml("dev", namespace="models-dev", require="[verdict]"))
    work.release("dev", "tiny", 1, work.git("rev-parse", "main"), digest)
    work.commit()
    read, asked = ObjectReader.read, Counter()

    def counted(self: ObjectReader, oid: str) -> bytes:
        asked[oid] += 1
        return read(self, oid)

    monkeypatch.setattr(ObjectReader, "read", counted)
    assert sluice("status", "-C", work.root).exit_code == 0
    assert asked[work.git("rev-parse", "main:environments/dev/tiny/release.yaml")] == 1


def test_a_bare_repository_and_no_repository(sluice, work, digest, tmp_path) -> None:
    work.release("dev", "tiny", 1, work.git("rev-parse", "main"), digest)
    work.commit()
    work.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    assert "v1" in sluice("status", "-C", tmp_path / "bare.git").output
    (work.root / ".git").rename(tmp_path / "elsewhere")
    data = json.loads(sluice("status", "-C", work.root, "--json").stdout)
    assert data["head"] is None
    assert data["releases"][0]["stable"] == 1


def test_a_directory_that_is_not_there(sluice, tmp_path) -> None:
    result = sluice("status", "-C", tmp_path / "nowhere")
    assert result.exit_code == 1
    assert "is not a directory" in result.stderr


def test_the_dark_step_is_none_of_the_steps() -> None:
    """It may have counted pairs of answers; the first step is the first with traffic."""
    dark = Step(0, Traffic(0, 500), {})
    running = Release("m", "dev", stable=V1, canary=V2, weight=5, counts=(dark, Step(1, Traffic(5, 500), {})))
    assert _row(running, None).step == 2
    assert _row(replace(running, weight=1, counts=(dark,)), None).step == 1


def test_what_stricter_rules_overrule_is_in_the_json_of_a_running_release(sluice, tmp_path) -> None:
    scene = Scene(tmp_path)
    scene.merge(
        {ENVIRONMENT: environment_yaml("production", extra="  policy: {margins: {error_rate: 0.004}}\n")}
    )
    scene.release_version_1()
    scene.merge_version(2, margin=0.5)
    scene.tick()
    planned = scene.tick_one().policy.overruled
    assert any("margin 0.004 of the floor" in words for words in planned)
    (row,) = json.loads(sluice("status", "-C", scene.bare, "--json").stdout)["releases"]
    assert row["overruled"] == list(planned)
    scene.tick_until_stable(2)
    (row,) = json.loads(sluice("status", "-C", scene.bare, "--json").stdout)["releases"]
    assert row["overruled"] is None
    scene.close()


def test_a_version_that_waits_for_a_verdict(sluice, work) -> None:
    path = "environments/dev/environment.yaml"
    work.write(path, environment_yaml("dev", namespace="models-dev", require="[verdict]"))
    work.commit("dev: require a verdict")
    (waits,) = json.loads(sluice("status", "-C", work.root, "--json").stdout)["waiting"]
    assert (waits["environment"], waits["model"], waits["version"]) == ("dev", "tiny", 1)
    said = sluice("status", "-C", work.root).output
    assert "tiny in dev: version 1 waits for a verdict: none is recorded; " in said
    assert "run `sluice validate --changed" in said


def test_what_the_gate_reads_is_shown_and_how_old_it_is(sluice, work, digest, tmp_path) -> None:
    bare = bare_repository(tmp_path / "origin.git")
    work.git("remote", "add", "origin", str(bare))
    work.release("dev", "tiny", 1, work.git("rev-parse", "main"), digest)
    sha = work.commit("dev: finish tiny 1")
    work.git("push", "--quiet", "origin", "main")
    work.git("reset", "--quiet", "--hard", "HEAD~1")
    here = sluice("status", "-C", work.root, "--repo", ".").output
    assert "Nothing is released yet" in here
    assert "main of this repository at" in here
    shown = sluice("status", "-C", work.root).output
    assert "tiny   v1" in shown
    assert f"main of {bare} at {sha[:12]}, committed " in shown


def test_an_origin_that_cannot_be_read_is_no_answer(sluice, work, tmp_path) -> None:
    work.git("remote", "add", "origin", str(tmp_path / "gone.git"))
    result = sluice("status", "-C", work.root)
    assert result.exit_code == 1
    assert "cannot be read as a repository" in result.stderr
