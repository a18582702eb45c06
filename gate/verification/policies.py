"""The policy that had to enter a decision, from git alone, and what git says of a version that starts."""

from __future__ import annotations

from collections.abc import Iterator

from sluicegate.gate.adapters.git.command import GitError
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.gate.core.evidence import Inputs, Predicate
from sluicegate.gate.daemon.evaluate import JUDGED, NO_POLICY, environment_of, running
from sluicegate.gate.daemon.exam import exam
from sluicegate.gate.daemon.state import State
from sluicegate.gate.verification.report import Mismatch
from sluicegate.specs.policy import Policy
from sluicegate.specs.release import Version
from sluicegate.specs.yamlio import InputError


class Policies:
    """Derives policies, each version's once."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._known: dict[tuple[str, ...], Policy] = {}

    def mismatches(self, predicate: Predicate) -> Iterator[Mismatch]:
        """Where the record's policy, or the version that it starts, is not what git has."""
        try:
            problem = self._other_policy(predicate)
        except (InputError, GitError) as error:
            # A release whose own rules are gone is judged by nobody, and is rolled back.
            taken_back = predicate.inputs.policy == NO_POLICY and predicate.decision.kind == "rollback"
            problem = None if taken_back else f"its policy cannot be derived: {error}"
        if problem is not None:
            yield "other-policy", problem
        try:
            problem = self._other_version(predicate)
        except (InputError, GitError) as error:
            problem = f"the version that it starts is not to be found: {error}"
        if problem is not None:
            yield "other-version", problem

    def _other_policy(self, predicate: Predicate) -> str | None:
        inputs = predicate.inputs
        version = _judged(inputs)
        revision = None if version is None else version.revision
        if predicate.provenance.policy_revision != revision:
            return f"its policy is of {predicate.provenance.policy_revision}, and the version of {revision}"
        # What is derived at the version's revision is the same for all its decisions, but where the rules say
        # that something of the commit that was read enters as well: all of an environment that came later.
        problems: list[InputError | GitError] = []
        commits = (revision, predicate.provenance.parent)
        for commit in commits:
            try:
                derived = self._derive(inputs, version, commit)
            except (InputError, GitError) as error:
                problems.append(error)
                continue
            if inputs.policy == derived:
                return None
        if len(problems) == len(commits):
            raise problems[0]
        return f"its policy is not the one of {revision or 'no version'}"

    def _other_version(self, predicate: Predicate) -> str | None:
        decision = predicate.decision
        version = decision.release.canary
        if version is None or decision.before.canary == version:
            return None
        spec = State(self._repository, version.revision).model(decision.release.model)
        if (spec.version, spec.artifact.sha256) == (version.version, version.digest):
            return None
        return f"{version.revision[:12]} holds version {spec.version}, and not the one that starts"

    def _derive(self, inputs: Inputs, version: Version | None, commit: str | None) -> Policy:
        if version is None or commit is None:
            return NO_POLICY
        release = inputs.release
        stable = "" if release.stable is None else release.stable.revision
        key = (release.environment, release.model, version.revision, stable, commit)
        if key not in self._known:
            state = State(self._repository, commit)
            spec, _ = environment_of(state, release, inputs.command)
            self._known[key] = exam(state, version, release, spec).policy
        return self._known[key]


def _judged(inputs: Inputs) -> Version | None:
    """The version whose policy enters: none in a command of a person that looks at no canary."""
    if inputs.command is not None and inputs.command.name not in JUDGED:
        return None
    return running(inputs.release, inputs.observations.candidate)
