"""The secrets that an installation needs, and that somebody else creates."""

from __future__ import annotations

from dataclasses import dataclass

from sluicegate.ci.bootstrap.options import InstallOptions


@dataclass(frozen=True)
class Secret:
    """A secret that must be there: nothing here creates one, or keeps or prints what is in it."""

    namespace: str
    name: str
    key: str
    what: str
    """What belongs under the key."""

    @property
    def command(self) -> str:
        """The command that creates it."""
        create = f"kubectl --namespace {self.namespace} create secret generic {self.name}"
        return f"{create} --from-file={self.key}=FILE"


def secrets(options: InstallOptions) -> list[Secret]:
    """The gate's and the previews', as far as these are installed."""
    required = []
    if options.gate is not None:
        what = "the repository's URL with a credential that may push"
        required.append(Secret(options.gate.namespace, options.gate.secret, "url", what))
    if options.previews:
        what = "a token that may read pull requests"
        required.append(Secret(options.argocd, "sluicegate-forge", "token", what))
    return required
