"""What `sluice validate` judges: models of the work tree, all of it, or what a change brings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from sluicegate.ci.bootstrap import gate as gate_chart
from sluicegate.ci.bootstrap.options import GateOptions, InstallOptions
from sluicegate.ci.commands._checkout import Checkout, below_root, branch_as_seen, commit, merge_base
from sluicegate.ci.model_reader import load
from sluicegate.ci.report.text_format import quantity
from sluicegate.gate.adapters.git.repository import EVIDENCE, Repository
from sluicegate.gate.core import trailers
from sluicegate.gate.daemon.reviews import reviews_at, uncounted
from sluicegate.specs import layout
from sluicegate.specs.callers import callers_of
from sluicegate.specs.environment import EnvironmentSpec
from sluicegate.specs.model import Waiver
from sluicegate.specs.repository import Environments, environments, models, release, require_model
from sluicegate.specs.reviews import Review
from sluicegate.specs.suggestions import suggest_one_of
from sluicegate.specs.tree import Tree
from sluicegate.specs.yamlio import InputError
from sluicegate.validators.runner.inputs import Inputs
from sluicegate.validators.runner.subject import Subject
from sluicegate.validators.submission.candidate import Candidate, StableVersion
from sluicegate.validators.submission.changes import changes
from sluicegate.validators.submission.order_problems import last
from sluicegate.validators.submission.submission import Submission

EVERYTHING = (layout.ENVIRONMENTS, layout.MODELS)
"""Charts are judged by what these make of them: where none runs in a cluster, none is rendered."""
NO_PRODUCTION = "no git repository: nothing is compared with production"
NO_MODEL = "there is no model yet: `sluice new model` writes one"
FIRST_PRODUCTION = "production"
"""The environment to compare with before any exists."""


@dataclass(frozen=True)
class Target:
    """What is to be judged; `head` is the commit, if it is one, `notes` what the report's first line adds."""

    subjects: Sequence[Subject]
    head: str | None = None
    notes: tuple[str, ...] = ()
    base: str | None = None
    left_out: tuple[str, ...] = ()
    """What else there is that a complete run would judge."""


def of_change(
    repository: Repository, base_name: str, head_name: str, production: str | None, *, queued: bool = False
) -> Target:
    """What the head changes since it left the base: its models, its environments, the repository.

    `queued`: the head is a commit of a merge queue, which nobody has seen; what people said of the same files
    counts for it.

    Raises InputError for a name that is not a commit, for commits without a model and an environment, and for
    a production that cannot be determined.
    """
    base = commit(repository, base_name)
    head = commit(repository, head_name)
    changed = changes(path for _, path in repository.changed(merge_base(repository, base, head), head))
    base_tree = repository.tree(base)
    head_tree = repository.tree(head)
    at_root = changed.models or changed.environments  # what a large repository holds is not even listed
    if not at_root and not any(environments(tree).names or models(tree) for tree in (base_tree, head_tree)):
        raise _nothing_at_root(changed.paths, head)
    # A change of no model needs no production, and may be the one that repairs an environment.
    environment = _production(base_tree, production) if changed.models or production else ""
    evidence = branch_as_seen(repository, EVIDENCE)
    said = reviews_at(repository, base, evidence)
    lost = uncounted(repository, base, evidence, head)
    today = datetime.now(UTC).date()
    if queued:
        said = tuple(replace(one, head=head) for one in said if _same_files(repository, one, head))
    overrides = _overrides(said, head, today)
    candidates = tuple(
        Candidate(
            name,
            head_tree,
            load,
            _running(repository, base_tree, environment, name),
            base_tree,
            _stable(repository, base_tree, name),
            overrides.get(name, ()),
            tuple(one for one in said if one.kind == "approve" and one.counts(head, today)),
            _earlier(repository, base_tree, environment, name),
        )
        for name in changed.models
        if head_tree.entries(layout.model_directory(name))
    )
    posing = tuple(one.sha for one in repository.log(f"{base}..{head}") if trailers.claims(one.message))
    submission = Submission(head_tree, base_tree, changed, candidates, load, gate_values, said, head, posing)
    return Target(submission.subjects(), head, () if lost is None else (lost,), base)


def _nothing_at_root(paths: Sequence[str], head: str) -> InputError:
    """The error for commits in which nothing can be judged: a pass of them would say nothing."""
    folder = next(filter(None, map(layout.folder_of_spec, paths)), None)
    if folder is not None:
        return below_root(folder)
    return InputError.of(
        f"{head[:12]} has no model and no environment at its root", "see `sluice init`, or name other commits"
    )


def waived_in(target: Target, today: date) -> frozenset[tuple[str, str]]:
    """(check, model) of all that may be waived there today: by the base's model.yaml, or by an override."""
    return frozenset(
        (waiver.check, subject.model)
        for subject in target.subjects
        if subject.model
        for waiver in Inputs(subject.given).get_or_none("waivers") or ()
        if today <= date.fromisoformat(waiver.until)
    )


def _same_files(repository: Repository, review: Review, head: str) -> bool:
    """Whether a commit has every file that a review is about as the person saw it."""
    seen = {layout.model_directory(model): tree for model, tree in review.models.items()} | dict(review.rules)
    return bool(seen) and all(repository.object_at(head, path) == known for path, known in seen.items())


def _overrides(said: Sequence[Review], head: str, today: date) -> Mapping[str, tuple[Waiver, ...]]:
    """By model: the checks that owners of the base overrode for this head, as waivers."""
    found: dict[str, list[Waiver]] = {}
    for review in said:
        if review.kind != "override" or review.check is None or not review.counts(head, today):
            continue
        reason = f"{review.reason} (overridden by {review.by} at {head[:12]})"
        for model in review.models:
            found.setdefault(model, []).append(
                Waiver(review.check, reason, review.until or today.isoformat())
            )
    return {model: tuple(waivers) for model, waivers in found.items()}


def of_work_tree(
    checkout: Checkout,
    repository: Repository | None,
    names: Sequence[str],
    production: str | None,
    *,
    committed: bool = False,
) -> Target:
    """These models of the work tree; for none all of its models, its environments, and the repository.

    `committed` takes the commit that is checked out in place of the work tree.

    Raises InputError for a repository without model and environment, for an unknown model, and for a
    production that cannot be determined.
    """
    at = _head(repository) if committed else None
    tree: Tree = checkout.tree() if repository is None or at is None else repository.tree(at)
    known = models(tree)
    if not known and (names or not environments(tree).names):
        raise InputError.of(
            f"{checkout.root or checkout.git} has no model: no models/*/model.yaml",
            "name a repository with -C, or see `sluice new model`",
        )
    chosen = list(dict.fromkeys(map(_model_name, names))) or known
    require_model(tree, *chosen)
    head = _head(repository)
    running: Tree = tree
    if repository is not None and head is not None:
        running = repository.tree(head)
    environment = _production(running, production)
    candidates = tuple(
        Candidate(
            name,
            tree,
            load,
            _running(repository, running, environment, name),
            stable=_stable(repository, running, name),
            earlier=_earlier(repository, running, environment, name),
        )
        for name in chosen
    )
    notes: tuple[str, ...] = () if repository is not None else (NO_PRODUCTION,)
    notes += () if known else (NO_MODEL,)
    if names:
        others = f"only {', '.join(chosen)} of {quantity(len(known), 'model')}, and no environment"
        return Target([candidate.subject() for candidate in candidates], notes=notes, left_out=(others,))
    submission = Submission(tree, None, changes(_everything(tree)), candidates, load, gate_values)
    return Target(submission.subjects(), at, notes)


def gate_values(served: Sequence[EnvironmentSpec]) -> Mapping[str, Any]:
    """The values that `sluice bootstrap` gives the gate's chart for these environments, with any image."""
    gate = GateOptions("localhost/gate", f"sha256:{'0' * 64}", "sluicegate", "sluicegate-repo")
    return gate_chart.gate_values(served, InstallOptions(repo=""), gate)


def _everything(tree: Tree) -> Iterator[str]:
    for folder in EVERYTHING:
        for entry in tree.entries(folder):
            yield entry.path


def _model_name(argument: str) -> str:
    """`flight-delay`, also where it was completed by a shell to `models/flight-delay/`."""
    return argument.removeprefix("./").removeprefix(f"{layout.MODELS}/").rstrip("/")


def _head(repository: Repository | None) -> str | None:
    try:
        return commit(repository, "HEAD") if repository is not None else None
    except InputError:
        return None


def _production(tree: Tree, named: str | None) -> str:
    """The environment to compare with: the named one, else the last.

    Raises InputError for an unknown one, and where one cannot be read, so that the last is unknown.
    """
    every = environments(tree)
    if named is None:
        return last(every) or FIRST_PRODUCTION
    if named not in every.names:
        raise InputError.of(f"no environment is called {named!r}", suggest_one_of(named, sorted(every.names)))
    return named


def _running(repository: Repository | None, tree: Tree, environment: str, model: str) -> Tree | None:
    """The commit that brought the stable version of a model; None where nothing runs. Raises InputError."""
    if repository is None:
        return None
    stable = release(tree, environment, model).stable
    if stable is None:
        return None
    try:
        return repository.tree(commit(repository, stable.revision))
    except InputError as error:
        raise InputError.of(
            f"revision {stable.revision[:12]} of the stable version {stable.version} is not in this clone",
            "fetch the whole history (in CI: a checkout with fetch-depth: 0)",
            layout.release_path(environment, model),
        ) from error


def _earlier(
    repository: Repository | None, tree: Tree, environment: str, model: str
) -> Callable[[], Sequence[Tree]]:
    """The commits of the stable versions before the one that runs there, newest first, when asked for."""

    def trees() -> Iterator[Tree]:
        if repository is None or not environment:
            return
        for old in release(tree, environment, model).history:
            sha = repository.commit_at(old.revision)
            if sha is not None:  # a rewritten history may have lost it
                yield repository.tree(sha)

    return lambda: tuple(trees())


def _stable(repository: Repository | None, tree: Tree, model: str) -> Callable[[], Sequence[StableVersion]]:
    """What the environments of a tree call stable of a model, read when it is asked for."""
    return partial(_stable_versions, repository, tree, model)


def _stable_versions(repository: Repository | None, tree: Tree, model: str) -> Sequence[StableVersion]:
    if repository is None:
        return ()
    every = environments(tree)
    found = (_stable_in(repository, tree, every, name, model) for name in [*every.specs, *every.unreadable])
    return tuple(version for version in found if version is not None)


def _stable_in(
    repository: Repository, tree: Tree, every: Environments, environment: str, model: str
) -> StableVersion | None:
    spec = every.specs.get(environment)
    callers = None if spec is None else callers_of(spec.callers, model)
    try:
        running = _running(repository, tree, environment, model)
    except InputError as error:
        return StableVersion(environment, None, callers, error.problems)
    return None if running is None else StableVersion(environment, running, callers)
