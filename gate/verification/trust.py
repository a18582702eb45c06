"""Which keys people trust at each commit of main: those of its parent, so that no commit brings its own."""

from __future__ import annotations

from collections.abc import Iterator

from sluicegate.gate.adapters.git.objects import Commit
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.gate.adapters.signing import KeyProblem, TrustedKeys, public_keys
from sluicegate.gate.core.envelope import Envelope
from sluicegate.gate.verification.files import content
from sluicegate.gate.verification.remedies import remedy
from sluicegate.gate.verification.report import Finding, Mismatch, Note
from sluicegate.specs import layout


class Trust:
    """The trusted keys while main is walked, oldest commit first.

    `given` are keys by which all is judged instead of the repository's. With `required`, or once keys were
    trusted, a record without a signature is not accepted any more.
    """

    def __init__(self, repository: Repository, given: TrustedKeys | None, required: bool) -> None:
        self._repository = repository
        self._given = given
        self._keys = given
        self._required = required or given is not None
        self._ever = dict(given.keys) if given is not None else {}

    def mismatches(self, opened: Envelope, signed: bool) -> Iterator[Mismatch]:
        """Why a record is not accepted; `signed` says whether a trusted key signed it."""
        if not self._required or signed:
            return
        if not opened.signatures:
            yield "not-signed", "its record is not signed"
            return
        named = ", ".join(signature.keyid[:16] for signature in opened.signatures)
        yield "untrusted-key", f"its record is signed by no trusted key (it names {named})"

    def ever_mismatches(self, opened: Envelope) -> Iterator[Mismatch]:
        """Why a record that belongs to no commit of main is not accepted, after the whole walk.

        Any key that was trusted at some commit may have signed it.
        """
        yield from self.mismatches(opened, TrustedKeys(self._ever).signed(opened))

    def signed(self, opened: Envelope) -> bool:
        """Whether a trusted key signed the record."""
        return self._keys is not None and self._keys.signed(opened)

    def follow(self, commit: Commit, letter: str | None) -> Iterator[Finding | Note]:
        """Go on behind a commit, which did this to the file of the keys (git's letter; None: nothing)."""
        if letter is None:
            return
        if letter == "D":
            self._change(None)
            if self._given is not None:
                return
            yield Finding(
                "keys-removed",
                f"{commit.sha[:12]} by {commit.author.name} removes {layout.TRUSTED_KEYS}",
                remedy("keys-removed"),
                commit.sha,
                layout.TRUSTED_KEYS,
            )
            return
        try:
            written = content(self._repository, commit.sha, layout.TRUSTED_KEYS)
            if written is None:
                raise KeyProblem("it is a submodule", "write the file of the keys")
            keys = public_keys(written, "it")
        except KeyProblem as problem:
            self._change(TrustedKeys({}))
            message = f"{layout.TRUSTED_KEYS} cannot be read at {commit.sha[:12]}: {problem.message}"
            yield Finding(
                "keys-unreadable", message, remedy("keys-unreadable"), commit.sha, layout.TRUSTED_KEYS
            )
            return
        self._change(keys)
        named = ", ".join(sorted(key[:16] for key in keys.keys))
        yield Note(commit.sha, f"{commit.author.name} sets the trusted keys: {named}")

    def _change(self, keys: TrustedKeys | None) -> None:
        self._required = True
        if self._given is None:
            self._keys = keys
            self._ever |= {} if keys is None else keys.keys
