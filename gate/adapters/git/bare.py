"""One repository on disk, without a work tree: its refs and names, read and moved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from sluicegate.gate.adapters.git.command import CommandFailed, RefMoved, beginning, run
from sluicegate.gate.adapters.git.names import ZERO, branch_ref, is_short_sha, valid_ref
from sluicegate.specs.names import is_revision


class BareRepository:
    """The git directory at `path`: a bare repository, or the `.git` of a clone."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(cls, path: Path, branch: str = "main") -> BareRepository:
        """A new, empty bare repository whose HEAD names `branch`."""
        path.parent.mkdir(parents=True, exist_ok=True)
        run(None, "init", "--quiet", "--bare", "--template=", f"--initial-branch={branch}", str(path))
        return cls(path)

    def run(self, *arguments: str, stdin: bytes = b"", extra: Mapping[str, str] | None = None) -> bytes:
        """Standard output of one git command. Raises CommandFailed."""
        return run(self.path, *arguments, stdin=stdin, extra=extra)

    def text(self, *arguments: str, stdin: bytes = b"", extra: Mapping[str, str] | None = None) -> str:
        """As `run`, decoded and without the last line end."""
        return self.run(*arguments, stdin=stdin, extra=extra).decode("utf-8", "replace").rstrip("\n")

    def beginning(self, limit: int, *arguments: str) -> tuple[bytes, bool]:
        """The first `limit` bytes of a command's output, and whether that was all. Raises CommandFailed."""
        return beginning(self.path, limit, *arguments)

    def commit_named(self, revision: str) -> str | None:
        """The commit of any name that git knows (gitrevisions(7)), as a person types it; None for no commit.

        For names of strangers use `resolve`.
        """
        return self._parsed(f"{revision}^{{commit}}")

    def tree_of(self, revision: str) -> str | None:
        """The tree of a commit; None if there is none."""
        return self._parsed(f"{revision}^{{tree}}")

    def _parsed(self, revision: str) -> str | None:
        try:
            return self.text("rev-parse", "--verify", "--quiet", "--end-of-options", revision) or None
        except CommandFailed:
            return None

    def resolve(self, name: str) -> str | None:
        """The commit that a branch, a tag, `HEAD`, a `refs/...` name or a (short) sha names.

        None if there is none. Nothing else of git's revision language (`~`, `^`, `:`, `@{`) is understood.
        """
        if name == "HEAD":
            return self.commit_named(name)
        refs = [name] if name.startswith("refs/") else [branch_ref(name), f"refs/tags/{name}"]
        tries = [ref for ref in refs if valid_ref(ref)]
        if is_revision(name):
            tries.insert(0, name)
        elif is_short_sha(name):
            tries.append(name)
        for revision in tries:
            commit = self.commit_named(revision)
            if commit is not None:
                return commit
        return None

    def refs(self, *prefixes: str) -> dict[str, tuple[str, str]]:
        """Every ref under the prefixes (all without one) -> (sha, object type), by name."""
        form = "--format=%(refname)%00%(objectname)%00%(objecttype)"
        lines = self.text("for-each-ref", form, *(prefixes or ("refs/",))).splitlines()
        split = (line.split("\0") for line in lines)
        return {name: (sha, kind) for name, sha, kind in split}

    def default_branch(self) -> str:
        """The branch that HEAD names, whether it has a commit or not."""
        return self.text("symbolic-ref", "HEAD").removeprefix("refs/heads/")

    def branch_instead_of(self, wanted: str) -> str | None:
        """The branch that HEAD names where neither this repository nor its origin has `wanted`; else None."""
        if self.refs(f"refs/heads/{wanted}", f"refs/remotes/origin/{wanted}"):
            return None
        try:
            found = self.default_branch()
        except CommandFailed:  # HEAD is a commit
            return None
        return None if found == wanted else found

    def kind(self, sha: str) -> str | None:
        """`commit`, `tree`, `blob` or `tag`; None if there is no such object."""
        if not is_revision(sha):
            return None
        try:
            return self.text("cat-file", "-t", sha)
        except CommandFailed:
            return None

    def blob(self, sha: str) -> bytes:
        """The bytes of a blob. Raises CommandFailed."""
        return self.run("cat-file", "blob", sha)

    def merge_base(self, one: str, other: str) -> str | None:
        """The best common ancestor; None for histories that share nothing."""
        try:
            return self.text("merge-base", "--end-of-options", one, other)
        except CommandFailed as error:
            if error.code == 1:
                return None
            raise

    def is_ancestor(self, old: str, new: str) -> bool:
        """Whether `old` is `new` or one of its ancestors."""
        try:
            self.run("merge-base", "--is-ancestor", "--end-of-options", old, new)
        except CommandFailed as error:
            if error.code == 1:
                return False
            raise
        return True

    def lacking(self) -> str | None:
        """Why objects are missing, as in a clone with `--depth` or `--filter`; None for a whole one."""
        if self.text("rev-parse", "--is-shallow-repository") == "true":
            return "is a shallow clone: it lacks the older history"
        try:
            self.run(
                "config", "--local", "--get-regexp", r"^(remote\..*\.promisor|extensions\.partialclone)$"
            )
        except CommandFailed:
            return None
        return "is a partial clone: git would fetch what it lacks"

    def origin(self) -> str | None:
        """The address that the repository itself names as its origin; None if it names none."""
        try:
            return self.text("config", "--local", "--get", "remote.origin.url") or None
        except CommandFailed:
            return None

    def update_refs(
        self, changes: Iterable[tuple[str, str, str]], verify: Mapping[str, str] | None = None
    ) -> None:
        """Compare-and-swap of refs, all or none: (ref, new, old); `ZERO` as old creates, as new deletes.

        `verify` names further refs that must still be where they were read. Raises RefMoved.
        """
        lines = [f"verify {ref}\0{old}\0" for ref, old in (verify or {}).items()]
        for ref, new, old in changes:
            if new == ZERO:
                lines.append(f"delete {ref}\0{old}\0")
            else:
                lines.append(f"update {ref}\0{new}\0{old}\0")
        try:
            self.run("update-ref", "-z", "--stdin", stdin="".join(lines).encode())
        except CommandFailed as error:
            raise RefMoved(error.stderr, "read the refs again and repeat") from error
