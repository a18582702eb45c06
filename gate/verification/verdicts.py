"""The verdict on which a version started: of the files that main brought, recorded and signed as it says."""

from __future__ import annotations

from collections.abc import Iterator

from sluicegate.gate.adapters.git.command import GitError
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.gate.core.evidence import Predicate
from sluicegate.gate.core.judged import Judged
from sluicegate.gate.core.verdict_record import GOOD
from sluicegate.gate.daemon.recorded_verdicts import read_record
from sluicegate.gate.daemon.state import State
from sluicegate.gate.daemon.verdicts import wanted_of
from sluicegate.gate.verification.archive import Archive
from sluicegate.gate.verification.report import Mismatch, Report
from sluicegate.gate.verification.trust import Trust
from sluicegate.specs import layout
from sluicegate.specs.release import Version
from sluicegate.specs.yamlio import InputError, parse


class Verdicts:
    """Counts in the `report` what each start rests on: a signed record, another system's word, or nothing.

    Records of before verdicts were required have none. From the first one on that has, and wherever
    environment.yaml says `require` in so many words, a start without one is not as it says.
    """

    def __init__(self, repository: Repository, archive: Archive, trust: Trust, report: Report) -> None:
        self._repository = repository
        self._archive = archive
        self._trust = trust
        self._report = report
        self._known = False

    def mismatches(self, predicate: Predicate) -> Iterator[Mismatch]:
        """Where a version started without the verdict that its environment requires."""
        decision = predicate.decision
        version = decision.release.canary
        if version is None or version == decision.before.canary:
            return
        judged = predicate.inputs.observations.judged
        self._known = self._known or judged is not None
        try:
            required, in_words = self._required(predicate)
            problem = None
            if required and judged is not None:
                problem = self._problem(predicate, judged)
            elif required and (in_words or self._known):
                problem = "its environment requires a verdict, and its record has none"
            elif required:
                self._report.unjudged += 1
        except (InputError, GitError) as error:
            problem = f"what its environment requires cannot be told: {error}"
        if problem is not None:
            yield "other-verdict", problem

    def _required(self, predicate: Predicate) -> tuple[bool, bool]:
        """Whether a verdict was required at the commit that was read, and whether the file says so itself."""
        state = State(self._repository, predicate.provenance.parent)
        name = predicate.decision.release.environment
        path = layout.environment_path(name)
        spec = parse(self._repository.read(state.tip, path), path).value
        in_words = isinstance(spec, dict) and isinstance(spec.get("spec"), dict) and "require" in spec["spec"]
        return "verdict" in state.environment(name).require, in_words

    def _problem(self, predicate: Predicate, judged: Judged) -> str | None:
        state = State(self._repository, predicate.provenance.parent)
        version = predicate.decision.release.canary
        model = predicate.decision.release.model
        if not judged.counts:
            return f"it started without a verdict: {judged.reason}"
        if version is None or judged.content not in self._contents(state, model, version):
            return f"its verdict is of other files ({(judged.content or 'none')[:12]}) than main brought"
        if judged.record is None:
            self._report.on_word += 1
            return None
        problem = self._record_problem(model, str(judged.content), judged.record)
        self._report.judged += problem is None
        return problem

    def _record_problem(self, model: str, content: str, record: str) -> str | None:
        path = layout.verdict_path(model, content, record)
        blob = self._archive.verdicts.get(path)
        sealed = None if blob is None else read_record(self._repository, blob)
        if sealed is None or sealed.digest != record:
            return f"there is no recorded verdict {record}"
        if not self._trust.signed(sealed.envelope):
            return f"no trusted key signed its verdict {path}"
        said = sealed.verdict
        if (said.model, said.content) != (model, content) or said.verdict not in GOOD:
            return f"its verdict {path} is {said.verdict} of {said.model} {said.content[:12]}"
        return None

    def _contents(self, state: State, model: str, version: Version) -> frozenset[str]:
        return frozenset(wanted_of(state, model, version).contents)
