"""`onnx-server fetch` as a process, against real servers."""

import hashlib
import json
import re
import signal
import socket
from dataclasses import replace
from pathlib import Path

import pytest
from support.http_stub import Answer
from support.repositories import commit_files, git

from sluicegate.embedded.forge import Forge, Token
from sluicegate.specs.yamlio import parse

ROOT = Path(__file__).parents[3]
AT = "/0123456789abcdef0123456789abcdef01234567/models/mean"


def entry(cache: Path, digest: str) -> Path:
    return cache / digest.replace(":", "-")


def answer(site, path, **changed):
    site.pages[path] = replace(Answer(body=site.pages[path].body), **changed)


def test_the_ort_layout_is_what_the_server_serves(repository, fetch, serve_config):
    done = fetch()
    assert (done.code, done.files) == (0, ["model.onnx", "server.json"])
    with serve_config(done.into / "server.json") as served:
        body = {"inputs": [{"name": "features", "datatype": "FP32", "shape": [1, 3], "data": [0, 1, 2]}]}
        assert served.call("/v2/models/mean/infer", body)[1]["outputs"][0]["data"] == [1]
        assert served.call("/v2/models/mean")[1]["versions"] == ["3"]
        samples = served.samples()
    (key,) = [key for key in samples if key[0] == "sluice_server_requests_total" and samples[key]]
    labels = dict(key[1])
    assert (labels["model"], labels["track"], labels["code"]) == ("mean", "", "200")
    edges = [dict(labels)["le"] for name, labels in samples if name == "sluice_server_score_bucket"]
    assert edges == ["0.25", "0.5", "+Inf"]


def test_the_track_is_told_where_it_is_known(repository, fetch):
    done = fetch("--track", "canary")
    assert json.loads((done.into / "server.json").read_text())["track"] == "canary"


def test_the_triton_layout(repository, fetch):
    done = fetch(layout="triton")
    assert (done.code, done.files) == (0, ["mean/3/model.onnx", "mean/config.pbtxt"])
    assert (done.into / "mean/3/model.onnx").stat().st_mode & 0o777 == 0o644
    assert (done.into / "mean").stat().st_mode & 0o777 == 0o755
    again = fetch(layout="triton")
    assert (again.code, again.files) == (0, done.files)


@pytest.mark.parametrize("layout", ["ort", "triton"])
def test_a_swapped_artifact_is_refused_and_nothing_is_written(repository, fetch, tmp_path, layout):
    answer(repository, f"{AT}/model.onnx", body=b"something else")
    done = fetch(layout=layout, cache=str(tmp_path / "cache"))
    assert done.code == 1
    assert (
        "ArtifactMismatch" in done.message and hashlib.sha256(b"something else").hexdigest() in done.message
    )
    assert list(done.into.iterdir()) == []
    assert not list((tmp_path / "cache").glob("sha256-*"))


def test_a_declared_digest_that_is_another_is_refused(repository, fetch):
    done = fetch(digest="sha256:" + "0" * 64)
    assert done.code == 1
    assert "ModelFileInvalid" in done.message and "spec.artifact.sha256" in done.message
    assert not done.into.exists()


@pytest.mark.parametrize(
    ("option", "value", "where"), [("version", "4", "spec.version"), ("model", "media", "metadata.name")]
)
def test_another_model_is_refused(repository, fetch, option, value, where):
    repository.pages[AT.replace("mean", "media") + "/model.yaml"] = repository.pages[f"{AT}/model.yaml"]
    done = fetch(**{option: value})
    assert done.code == 1
    assert "ModelFileInvalid" in done.message and where in done.message


def test_a_body_cut_short_is_asked_for_again_and_then_refused(repository, fetch):
    answer(repository, f"{AT}/model.onnx", cut=10)
    done = fetch()
    assert done.code == 1
    assert "SourceUnreachable" in done.message and "the body ended after 10 of" in done.message
    assert done.files == []


def test_a_source_that_starts_is_waited_for(repository, fetch):
    good = repository.pages[f"{AT}/model.yaml"]
    repository.pages[f"{AT}/model.yaml"] = [Answer(503), Answer(502), good]
    assert fetch(retry_seconds="20").code == 0
    assert repository.paths == [f"{AT}/model.yaml"] * 3 + [f"{AT}/model.onnx"]


def test_a_source_that_is_not_there(fetch, website):
    website.close()
    done = fetch()
    assert done.code == 1
    assert "SourceUnreachable" in done.message and "Connection refused" in done.message


def test_a_missing_revision_is_not_asked_for_again(repository, fetch):
    done = fetch(revision="f" * 40)
    assert done.code == 1
    assert "NotFound" in done.message
    assert len(repository.requests) == 1


def test_too_many_bytes_are_refused_before_they_are_read(repository, fetch):
    done = fetch(max_bytes="20")
    assert done.code == 1
    assert "TooLarge" in done.message
    assert done.files == []


def test_a_source_that_lies_about_its_length_gains_nothing(repository, fetch):
    answer(repository, f"{AT}/model.onnx", headers={"Content-Length": "5"})
    done = fetch()
    assert (done.code, done.files) == (1, [])
    assert "ArtifactMismatch" in done.message


def test_a_source_that_gives_a_byte_now_and_then_meets_the_deadline(repository, fetch):
    answer(repository, f"{AT}/model.onnx", trickle=0.5)
    done = fetch(deadline_seconds="2")
    assert (done.code, done.files) == (1, [])
    assert "TooSlow" in done.message


def test_sigterm_leaves_nothing_half_done(repository, fetch, tmp_path):
    answer(repository, f"{AT}/model.onnx", trickle=0.5)
    process = fetch(start=True)
    try:
        while len(repository.requests) < 2 and process.poll() is None:
            process.poll()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 128 + signal.SIGTERM
    finally:
        process.kill()
        process.communicate()
    assert not (tmp_path / "models").exists() or list((tmp_path / "models").iterdir()) == []


def test_what_a_killed_run_left_is_removed(repository, fetch, tmp_path):
    left = tmp_path / "models/.staging-old"
    left.mkdir(parents=True)
    (left / "artifact").write_bytes(b"half")
    done = fetch()
    assert done.files == ["model.onnx", "server.json"]
    assert not left.exists()


def test_a_cached_version_needs_no_network(repository, fetch, tmp_path):
    cache = str(tmp_path / "cache")
    first = fetch(cache=cache)
    repository.close()
    again = fetch(cache=cache, layout="triton")
    assert (first.code, again.code) == (0, 0)
    assert "from the node's cache" in again.message


def test_a_corrupted_cache_entry_is_removed_and_fetched_again(repository, fetch, tmp_path):
    cache = tmp_path / "cache"
    fetch(cache=str(cache))
    (kept,) = cache.glob("sha256-*")
    good = kept.read_bytes()
    kept.chmod(0o644)
    kept.write_bytes(good[:-1] + b"x")
    done = fetch(cache=str(cache))
    assert done.code == 0
    assert "is removed, and fetched again" in done.message and "from the repository" in done.message
    assert kept.read_bytes() == (done.into / "model.onnx").read_bytes() == good


def test_a_cache_that_cannot_be_written_is_said_and_not_needed(repository, fetch, tmp_path):
    (tmp_path / "cache").write_text("a file")
    done = fetch(cache=str(tmp_path / "cache"))
    assert done.code == 0
    assert "not cached in" in done.message


def test_a_place_that_cannot_be_written_is_named(repository, fetch, tmp_path):
    (tmp_path / "file").write_text("")
    done = fetch(into=str(tmp_path / "file"))
    assert done.code == 1
    assert "DirectoryUnusable" in done.message


HOSTILE = [
    "../other/model.onnx", "/etc/passwd", "http://elsewhere/model.onnx", "a/../../b", ".git/config", "a//b",
    "a\\\\b", "%2e%2e/x", "model.onnx?x=1",
]  # fmt: skip


@pytest.mark.parametrize("path", HOSTILE)
def test_a_hostile_path_is_refused_by_name(repository, fetch, path):
    text = repository.pages[f"{AT}/model.yaml"].body.decode()
    answer(repository, f"{AT}/model.yaml", body=text.replace("path: model.onnx", f'path: "{path}"').encode())
    done = fetch()
    assert (done.code, done.into.exists()) == (1, False)
    assert "ModelFileInvalid" in done.message and "spec.artifact.path" in done.message
    assert len(repository.requests) == 1


@pytest.mark.parametrize(
    "text",
    [
        "a: &x [1]\nb: *x\n",
        "a: !!python/object:os.system x\n",
        "a: 1\na: 2\n",
        "a: {<<: {b: 1}}\n",
        "[" * 40,
        "\x00",
    ],
)
def test_hostile_yaml_is_refused(repository, fetch, text):
    answer(repository, f"{AT}/model.yaml", body=text.encode())
    done = fetch()
    assert done.code == 1
    assert re.search(r"ModelFileInvalid: .*model\.yaml:\d+:\d+: ", done.message)


def test_the_token_goes_to_the_source_and_into_no_message(repository, fetch, tmp_path):
    (tmp_path / "token").write_text("s3cret-token\n")
    done = fetch(token_file=str(tmp_path / "token"))
    assert done.code == 0
    assert {request.headers["authorization"] for request in repository.requests} == {"Bearer s3cret-token"}
    assert "s3cret" not in done.message


@pytest.mark.parametrize("content", ["", "two words", "a\nb", "ü"])
def test_a_token_file_that_is_no_token_is_refused(repository, fetch, tmp_path, content):
    (tmp_path / "token").write_text(content)
    done = fetch(token_file=str(tmp_path / "token"))
    assert done.code == 1
    assert "TokenUnusable" in done.message
    assert repository.requests == []


def test_a_redirect_to_another_host_or_without_tls_is_not_followed(repository, fetch):
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        place = f"http://127.0.0.1:{elsewhere.getsockname()[1]}/model.onnx"
        answer(repository, f"{AT}/model.onnx", status=302, headers={"Location": place})
        done = fetch()
        elsewhere.settimeout(0)
        with pytest.raises(BlockingIOError):
            elsewhere.accept()
    assert (done.code, done.files) == (1, [])
    assert "SourceRefused" in done.message and "is not followed" in done.message


@pytest.mark.parametrize(
    "url", ["file:///etc", "http://user:pw@host/x", "ftp://host/x", "http://", "http://h/?q"]
)
def test_an_address_that_is_not_http_is_refused(fetch, url):
    done = fetch(url=url)
    assert done.code == 1
    assert "SourceRefused" in done.message and "pw" not in done.message


def test_usage_is_refused_at_once(fetch):
    assert fetch(revision="main").code == 2
    assert fetch(digest="latest").code == 2
    assert fetch(model="../x").code == 2


@pytest.fixture(scope="module")
def real(tmp_path_factory) -> tuple[str, str]:
    """The repository's own two models on the embedded forge: (base address, revision)."""
    folder = tmp_path_factory.mktemp("real")
    work = folder / "work"
    names = ("digits/model.yaml", "digits/model.onnx", "flight-delay/model.yaml", "flight-delay/model.onnx")
    files = {f"models/{name}": (ROOT / "models" / name).read_bytes() for name in names}
    work.mkdir()
    git("init", "--quiet", "--initial-branch", "main", cwd=work)
    revision = commit_files(work, files, "Models")
    token = Token("olga", "olga-secret", "admin", 7)
    with Forge(folder / "forge", [token]) as forge:
        from github import Auth, Github

        client = Github(base_url=forge.api, auth=Auth.Token("olga-secret"), seconds_between_writes=0)
        client.get_user().create_repo("models")
        git("push", "--quiet", forge.git_url("olga", "models", token), "main", cwd=work)
        yield f"{forge.url}/olga/models/raw", revision


@pytest.mark.parametrize("name", ["digits", "flight-delay"])
def test_the_real_models_from_the_forge(real, fetch, name, tmp_path):
    url, revision = real
    spec = parse((ROOT / "models" / name / "model.yaml").read_bytes(), f"models/{name}/model.yaml").value[
        "spec"
    ]
    (tmp_path / "token").write_text("olga-secret")
    source = {"url": url, "revision": revision, "model": name, "version": str(spec["version"])}
    done = fetch(digest=spec["artifact"]["sha256"], token_file=str(tmp_path / "token"), **source)
    assert done.code == 0, done.message
    assert (done.into / "model.onnx").read_bytes() == (ROOT / "models" / name / "model.onnx").read_bytes()
    score = json.loads((done.into / "server.json").read_text())["score"]
    assert score == {"reduce": None, "column": None, **spec["score"]}
