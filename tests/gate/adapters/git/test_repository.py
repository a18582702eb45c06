import io
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.counting_git import CountingGit
from support.repositories import bare_repository, git, hook

from sluicegate.gate.adapters.git.command import (
    FileTooLarge,
    GitAbsent,
    GitError,
    NoSuchFile,
    NotARepository,
    PushRefused,
    RaceLost,
    environment,
)
from sluicegate.gate.adapters.git.repository import Repository

NOW = datetime(2025, 3, 1, 12, 0, tzinfo=UTC)


def put(
    repository: Repository, changes: dict[str, bytes], message: str = "change", now: datetime = NOW
) -> str:
    repository.fetch()
    sha = repository.commit(repository.tip("main"), changes, message, now)
    repository.push({"main": sha})
    return sha


def test_a_commit_keeps_all_other_files_and_says_who_and_when(repository: Repository, bare: Path):
    put(repository, {"models/a/model.yaml": b"one\n", "README.md": b"hello\n"})
    head = put(repository, {"models/a/model.yaml": b"two\n"}, "second\n\nGate-Model: a\n")
    assert git("rev-parse", "main", cwd=bare) == head
    assert git("show", "main:README.md", cwd=bare) == "hello"
    assert repository.read(head, "models/a/model.yaml") == b"two\n"
    shown_by_git = git("log", "-1", "--format=%an <%ae> %cn %at %ct", cwd=bare)
    stamp = int(NOW.timestamp())
    assert shown_by_git == f"sluice-gate <gate@sluicegate.dev> sluice-gate {stamp} {stamp}"


def test_history_is_first_parent_newest_first_and_can_follow_one_path(repository: Repository):
    first = put(repository, {"a": b"1", "b": b"1"}, "first")
    second = put(repository, {"a": b"2"}, "second\n\nwith a body\n", NOW + timedelta(hours=1))
    third = put(repository, {"b": b"2"}, "third")
    assert [c.sha for c in repository.log(third)] == [third, second, first]
    followed = repository.log(third, "a")
    assert [c.sha for c in followed] == [second, first]
    assert followed[0].message == "second\n\nwith a body\n" and followed[0].at == NOW + timedelta(hours=1)
    assert followed[0].parents == (first,) and followed[1].parents == ()
    assert [c.sha for c in repository.log(third, limit=1)] == [third]
    assert repository.changed(first, third) == [("M", "a"), ("M", "b")]


def test_links_and_submodules_are_listed_and_never_read(repository: Repository, bare: Path, tmp_path: Path):
    work = tmp_path / "work"
    git("clone", "--quiet", str(bare), "work", cwd=tmp_path)
    (work / "models").mkdir()
    (work / "models/link").symlink_to("/etc/passwd")
    (work / "models/real").write_bytes(b"\0bytes\n")
    git("add", ".", cwd=work)
    git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},models/sub", cwd=work)
    git("-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-qm", "x", cwd=work)
    git("push", "--quiet", "origin", "HEAD:main", cwd=work)
    repository.fetch()
    tree = repository.tree(repository.tip("main") or "")
    assert {e.path: e.mode for e in tree.entries("models")} == {
        "models/link": "120000",
        "models/real": "100644",
        "models/sub": "160000",
    }
    for path in ("models/link", "models/sub", "models", "models/absent"):
        with pytest.raises(NoSuchFile):
            tree.read(path)
    tree.copy("models", tmp_path / "out")
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["real"]
    assert (tmp_path / "out/real").read_bytes() == b"\0bytes\n"


def test_a_copy_holds_a_chunk_at_a_time_and_starts_again_where_the_reader_died(
    repository: Repository, tmp_path: Path, monkeypatch
):
    monkeypatch.setattr("sluicegate.gate.adapters.git.contents.CHUNK", 7)
    files = {"m/a": b"0123456789" * 10, "m/b/c": b"", "m/d": b"1234567"}
    tree = repository.tree(put(repository, files))
    tree.copy("m", tmp_path / "one")
    process = repository.blobs._process
    assert process is not None
    process.kill()
    process.wait()
    tree.copy("m", tmp_path / "two")
    for name, data in files.items():
        assert (
            (tmp_path / "one" / name[2:]).read_bytes() == (tmp_path / "two" / name[2:]).read_bytes() == data
        )


def test_after_a_copy_that_broke_off_the_next_answer_is_its_own(repository: Repository, monkeypatch):
    class Full(io.BytesIO):
        def write(self, data):
            raise OSError("no space left on device")

    monkeypatch.setattr("sluicegate.gate.adapters.git.contents.CHUNK", 3)
    tree = repository.tree(put(repository, {"a": b"0123456789", "b": b"other"}))
    with pytest.raises(OSError, match="no space"):
        repository.blobs.copy(tree.entry("a").oid, Full())
    assert tree.read("b") == b"other"


@pytest.mark.parametrize("name", [b"..", b"/tmp"])
def test_a_crafted_path_that_leads_out_is_never_written(
    repository: Repository, bare: Path, tmp_path: Path, name: bytes
):
    """git refuses such a name on its own ways in; one who writes the tree's bytes does not."""

    def store(kind: str, data: bytes) -> str:
        words = ["git", "hash-object", "-w", "-t", kind, "--literally", "--stdin"]
        done = subprocess.run(words, cwd=bare, input=data, capture_output=True, env=environment(), check=True)
        return done.stdout.decode().strip()

    blob = bytes.fromhex(store("blob", b"escaped"))
    inner = bytes.fromhex(store("tree", b"100644 escaped\0" + blob))
    outer = store("tree", b"40000 m\0" + bytes.fromhex(store("tree", b"40000 " + name + b"\0" + inner)))
    who = b"x <x@example.org> 1700000000 +0000"
    commit = store(
        "commit", b"tree " + outer.encode() + b"\nauthor " + who + b"\ncommitter " + who + b"\n\nx\n"
    )
    with Repository(tmp_path / "none", cache=bare) as crafted:
        tree = crafted.tree(commit)
        assert [e.path for e in tree.entries("m")] == [f"m/{name.decode()}/escaped"]
        with pytest.raises(GitError, match="is not a path below"):
            tree.copy("m", tmp_path / "deep" / "out")
    assert not (tmp_path / "deep").exists()


def test_a_prefix_is_a_folder_not_the_beginning_of_a_name(repository: Repository):
    head = put(repository, {"models/a/x": b"1", "models/ab/x": b"1", "mödels/ä": b"1"})
    assert [e.path for e in repository.tree(head).entries("models/a")] == ["models/a/x"]
    assert [e.path for e in repository.entries(head, "models/a")] == ["models/a/x"]
    assert repository.read(head, "mödels/ä") == b"1"


def test_a_file_above_the_limit_is_refused_by_name(repository: Repository):
    head = put(repository, {"big": b"x" * 1001})
    assert len(repository.read(head, "big", limit=1001)) == 1001
    with pytest.raises(FileTooLarge, match="big has 1001 bytes, more than 1000"):
        repository.read(head, "big", limit=1000)


def test_the_second_of_two_writers_loses_the_race_and_nothing_of_it_is_written(
    repository: Repository, bare: Path
):
    put(repository, {"a": b"1"})
    mine = repository.commit(repository.tip("main"), {"a": b"mine"}, "mine", NOW)
    evidence = repository.commit(None, {"evidence/x": b"{}"}, "evidence", NOW)
    with Repository(bare) as other:
        theirs = put(other, {"a": b"theirs"})
    with pytest.raises(RaceLost, match="main"):
        repository.push({"main": mine, "gate-evidence": evidence})
    assert repository.remote() == {"main": theirs}


def test_a_race_that_git_sees_lost_before_it_sends_anything_does_not_read_the_remote_again(
    repository: Repository, bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    put(repository, {"a": b"1"})
    mine = repository.commit(repository.tip("main"), {"a": b"mine"}, "mine", NOW)
    with Repository(bare) as other:
        theirs = put(other, {"a": b"theirs"})
    ran = CountingGit(tmp_path / "counting", monkeypatch)
    with pytest.raises(RaceLost, match="main"):
        repository.push({"main": mine})
    assert [name for name in ran.commands if name in {"push", "ls-remote", "fetch"}] == ["push"]
    repository.fetch()
    assert repository.tip("main") == theirs


def test_a_refusing_remote_is_not_a_lost_race_and_takes_none_of_the_refs(repository: Repository, bare: Path):
    put(repository, {"a": b"1"})
    before = repository.remote()
    hook(bare, "update", '[ "$1" = refs/heads/main ] && { echo "main is closed" >&2; exit 1; }\nexit 0')
    mine = repository.commit(repository.tip("main"), {"a": b"2"}, "mine", NOW)
    evidence = repository.commit(None, {"evidence/x": b"{}"}, "evidence", NOW)
    with pytest.raises(PushRefused, match="main is closed") as refused:
        repository.push({"gate-evidence": evidence, "main": mine})
    assert not isinstance(refused.value, RaceLost)
    assert repository.remote() == before


def test_parallel_writers_lose_nothing(bare: Path):
    with Repository(bare) as repository:
        put(repository, {"log/start": b""})

    def write(writer: int) -> None:
        with Repository(bare) as mine:
            for turn in range(5):
                while True:
                    try:
                        put(mine, {f"log/{writer}-{turn}": b""})
                        break
                    except RaceLost:
                        continue

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    with Repository(bare) as repository:
        repository.fetch()
        head = repository.tip("main") or ""
        assert len(repository.log(head)) == 21
        assert len(repository.entries(head, "log")) == 21


def test_a_branch_that_vanished_on_the_remote_vanishes_here(repository: Repository, bare: Path):
    put(repository, {"a": b"1"})
    repository.push({"gate-evidence": repository.commit(None, {"e": b"1"}, "e", NOW)})
    assert repository.tip("gate-evidence")
    git("update-ref", "-d", "refs/heads/gate-evidence", cwd=bare)
    repository.fetch()
    assert repository.tip("gate-evidence") is None and repository.tip("main")


def test_a_kept_copy_is_used_again_and_its_reader_is_started_again_if_it_died(bare: Path, tmp_path: Path):
    with Repository(bare, cache=tmp_path / "cache.git") as first:
        head = put(first, {"a": b"1"})
        assert first.read(head, "a") == b"1"
        process = first.blobs._process
        assert process is not None
        process.kill()
        process.wait()
        assert first.read(head, "a") == b"1"
    with Repository(bare, cache=tmp_path / "cache.git") as second:
        assert second.tip("main") == head


def test_the_environment_of_a_hook_does_not_lead_to_another_repository(
    bare: Path, tmp_path: Path, monkeypatch
):
    bare_repository(tmp_path / "other.git")
    (tmp_path / ".gitconfig").write_text("[user]\n\tname = Someone\n[commit]\n\tgpgSign = true\n[broken\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other.git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'user.name=Mallory' 'core.bare=false'")
    with Repository(bare) as repository:
        head = put(repository, {"a": b"1"})
        assert repository.read(head, "a") == b"1" and repository.remote() == {"main": head}
    assert git("for-each-ref", cwd=tmp_path / "other.git") == ""
    assert not (tmp_path / "index").exists()
    with Repository.in_place(bare) as repository:
        assert repository.tip_now("main") == repository.commit_named("main") == head


def test_a_repository_in_place_is_followed_while_others_write(bare: Path, tmp_path: Path):
    with Repository.in_place(bare) as here, Repository(bare) as writer:
        assert here.tip_now("main") is None
        first = put(writer, {"a": b"1"})
        assert here.tip_now("main") == first and here.tip("main") is None
        git("gc", "--quiet", cwd=bare)
        git("pack-refs", "--all", cwd=bare)
        assert here.tip_now("main") == first
        second = put(writer, {"a": b"2"})
        assert here.tip_now("main") == second and here.read(second, "a") == b"2"


@pytest.mark.parametrize("name", ["empty", "gone"])
def test_what_is_not_a_repository_is_not_made_one_in_place(tmp_path: Path, name: str):
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotARepository, match="is not a git repository; give"):
        Repository.in_place(tmp_path / name)
    assert not list(tmp_path.glob("*/HEAD"))


@pytest.mark.parametrize(
    "url", ["nowhere", "http://127.0.0.1:1/x.git", "ext::sh -c true", "file:///nonexistent"]
)
def test_what_is_not_a_repository_is_named_as_such(url: str):
    with Repository(url) as repository, pytest.raises(NotARepository, match="check address and access"):
        repository.fetch()


def test_a_name_that_git_would_take_for_an_option_is_refused():
    with pytest.raises(NotARepository):
        Repository("--upload-pack=touch /tmp/x")


def test_without_git_the_error_says_so(monkeypatch, tmp_path: Path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitAbsent, match="install git"):
        Repository(tmp_path)


def test_a_revision_must_be_a_full_commit_id(repository: Repository):
    for revision in ("main", "--all", "abc"):
        with pytest.raises(GitError, match="40 hexadecimal digits"):
            repository.entries(revision)
    with pytest.raises(GitError):
        repository.entries("1" * 40)
