"""Running git: the only door from the forge to a repository.

No shell, no configuration of the machine or of its user, no hooks; names from outside stand behind
`--end-of-options`, after `sluicegate.embedded.forge.names` has passed them.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from sluicegate.embedded.forge.names import is_sha, is_short_sha, valid_ref
from sluicegate.specs.errors import SluiceError

ZERO = "0" * 40
_SETTINGS = ("core.hooksPath=/dev/null", "gc.auto=0", "protocol.allow=never")


class GitError(SluiceError):
    """A git command failed; `stderr` holds its words."""

    def __init__(self, arguments: tuple[str, ...], code: int, stderr: str) -> None:
        super().__init__(
            f"git {arguments[0] if arguments else ''} ended with {code}: {stderr.strip()[:2000]}; "
            "look at the repository with git fsck"
        )
        self.code = code
        self.stderr = stderr


class RefMoved(RuntimeError):
    """A ref was not where the writer had read it, so nothing was written: read again and repeat."""


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The whole environment that git gets: PATH, and what keeps the machine's own configuration out."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.devnull,
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        **(extra or {}),
    }


def command(*settings: str) -> list[str]:
    """`git -c ... -c ...`: the beginning of every command line."""
    return ["git", *(part for setting in (*_SETTINGS, *settings) for part in ("-c", setting))]


class Git:
    """One bare repository on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(cls, path: Path, branch: str = "main") -> Git:
        """A new, empty bare repository whose HEAD names `branch`."""
        path.parent.mkdir(parents=True, exist_ok=True)
        git = cls(path)
        git._call(
            [*command(), "init", "--quiet", "--bare", "--template=", f"--initial-branch={branch}", str(path)],
            b"",
            None,
        )
        return git

    def run(self, *arguments: str, stdin: bytes = b"", extra: Mapping[str, str] | None = None) -> bytes:
        """Standard output of one git command. Raises `GitError` if it fails."""
        return self._call([*command(), f"--git-dir={self.path}", *arguments], stdin, extra)

    def text(self, *arguments: str, stdin: bytes = b"", extra: Mapping[str, str] | None = None) -> str:
        """As `run`, decoded and without the last line end."""
        return self.run(*arguments, stdin=stdin, extra=extra).decode("utf-8", "replace").rstrip("\n")

    def holds(self, *arguments: str) -> bool:
        """Whether a command that answers by its exit code (0 or 1) says yes."""
        try:
            self.run(*arguments)
        except GitError as error:
            if error.code == 1:
                return False
            raise
        return True

    def head_bytes(self, limit: int, *arguments: str) -> tuple[bytes, bool]:
        """The first `limit` bytes of a command's output, and whether that was all; the rest is never read."""
        words = [*command(), f"--git-dir={self.path}", *arguments]
        with subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(),
        ) as process:
            assert process.stdout is not None  # noqa: S101 - for the type checker: PIPE was asked for
            data = process.stdout.read(limit + 1)
            if len(data) > limit:
                process.kill()
                return data[:limit], False
        if process.returncode:
            raise GitError(arguments, process.returncode, "")
        return data, True

    def _call(self, words: list[str], stdin: bytes, extra: Mapping[str, str] | None) -> bytes:
        done = subprocess.run(words, input=stdin, capture_output=True, env=environment(extra), check=False)
        if done.returncode:
            shown = tuple(word for word in words if not word.startswith(("-", "/")) and "=" not in word)[1:]
            raise GitError(shown, done.returncode, done.stderr.decode("utf-8", "replace"))
        return done.stdout

    def resolve(self, name: str) -> str | None:
        """The commit that a branch, a tag, `HEAD`, a `refs/...` name or a (short) sha stands for.

        None if there is none. Nothing else of git's revision language (`~`, `^`, `:`, `@{`) is understood.
        """
        tries = (
            [name]
            if name == "HEAD" or name.startswith("refs/")
            else [f"refs/heads/{name}", f"refs/tags/{name}"]
        )
        found = [ref for ref in tries if ref == "HEAD" or valid_ref(ref)]
        if is_short_sha(name):
            found = [name, *found] if is_sha(name) else [*found, name]
        for revision in found:
            try:
                return self.text(
                    "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
                )
            except GitError:
                continue
        return None

    def refs(self, *prefixes: str) -> dict[str, tuple[str, str]]:
        """Every ref under the prefixes -> (sha, object type), by name."""
        wanted = prefixes or ("refs/",)
        lines = self.text("for-each-ref", "--format=%(refname)%00%(objectname)%00%(objecttype)", *wanted)
        split = (line.split("\0") for line in lines.splitlines())
        return {name: (sha, kind) for name, sha, kind in split}

    def default_branch(self) -> str:
        """The branch that HEAD names, whether it has a commit or not."""
        return self.text("symbolic-ref", "HEAD").removeprefix("refs/heads/")

    def kind(self, sha: str) -> str | None:
        """`commit`, `tree`, `blob` or `tag`; None if there is no such object."""
        try:
            return self.text("cat-file", "-t", sha) if is_sha(sha) else None
        except GitError:
            return None

    def is_ancestor(self, old: str, new: str) -> bool:
        """Whether `new` holds all of `old`'s history."""
        return self.holds("merge-base", "--is-ancestor", "--end-of-options", old, new)

    def update_refs(
        self, changes: Iterable[tuple[str, str, str]], verify: Mapping[str, str] | None = None
    ) -> None:
        """Compare-and-swap of refs, all or none: (ref, new, old); `ZERO` as old creates, as new deletes.

        `verify` names further refs that must still stand where they were read. Raises `RefMoved`.
        """
        lines = [f"verify {ref}\0{old}\0" for ref, old in (verify or {}).items()]
        lines += [
            f"delete {ref}\0{old}\0" if new == ZERO else f"update {ref}\0{new}\0{old}\0"
            for ref, new, old in changes
        ]
        try:
            self.run("update-ref", "-z", "--stdin", stdin="".join(lines).encode())
        except GitError as error:
            raise RefMoved(error.stderr.strip()) from error
