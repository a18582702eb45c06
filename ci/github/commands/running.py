"""Which release a command on a merged pull request is about: the one of the version that it brought."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sluicegate.ci.github.commands.change import Change
from sluicegate.ci.github.commands.parse import Request
from sluicegate.gate.core.command import CommandError
from sluicegate.gate.daemon.state import State
from sluicegate.specs.errors import SluiceError
from sluicegate.specs.release import Release


@dataclass(frozen=True)
class Target:
    """A release, and the version of the pull request."""

    environment: str
    model: str
    version: int


Fits = Callable[[Release, int], bool]


def _runs(release: Release, version: int) -> bool:
    return release.canary is not None and release.canary.version == version


def _is_stable(release: Release, version: int) -> bool:
    return release.stable is not None and release.stable.version == version


def _rolls_back(release: Release, version: int) -> bool:
    return _runs(release, version) or (release.canary is None and _is_stable(release, version))


def _held(release: Release, version: int) -> bool:
    return release.hold is not None and (release.canary is None or _runs(release, version))


def _rejected(release: Release, version: int) -> bool:
    return any(rejection.version == version for rejection in release.rejected)


def _not_stable(release: Release, version: int) -> bool:
    return not _is_stable(release, version)


FITS: Mapping[str, Fits] = {
    "hold": _runs,
    "promote": _runs,
    "approve": _runs,
    "release": _held,
    "rollback": _rolls_back,
    "retry": _rejected,
    "hotfix": _not_stable,
}
"""By command: the releases that it makes sense for."""


def target(change: Change, request: Request) -> Target:
    """The one release that a command means. Raises CommandError where there is none, or several."""
    model = _model(change, request)
    version = change.version(model)
    if version is None:
        raise CommandError(f"The merge brought no version of {model}", "name one that it brought: --model")
    state = change.state
    if request.environment is not None:
        if request.environment not in state.environments:
            known = ", ".join(state.environments) or "none"
            raise CommandError(f"There is no environment {request.environment}", f"these are there: {known}")
        chosen = Target(request.environment, model, version)
        require(state, chosen, request.name)
        return chosen
    found = [name for name in state.environments if _fits(state, name, model, version, request.name)]
    if len(found) == 1:
        return Target(found[0], model, version)
    where = _whereabouts(state, model, version)
    if not found:
        raise CommandError(f"There is nothing to {request.name}: {where}", "see `sluice status`")
    raise CommandError(f"It could be in {' or '.join(found)}: {where}", f"say which: --env {found[0]}")


def require(state: State, target: Target, name: str) -> None:
    """Raise CommandError unless the release is one of that version for which the command makes sense."""
    if not _fits(state, target.environment, target.model, target.version, name):
        where = f"{target.environment}: {_whereabouts(state, target.model, target.version)}"
        raise CommandError(f"There is nothing to {name} in {where}", "see `sluice status`")


def _fits(state: State, environment: str, model: str, version: int, name: str) -> bool:
    release = _release(state, environment, model)
    return release is not None and FITS[name](release, version)


def _release(state: State, environment: str, model: str) -> Release | None:
    try:
        return state.release(environment, model)
    except SluiceError:
        return None


def _model(change: Change, request: Request) -> str:
    models = change.changes.models
    if request.model is not None:
        if request.model not in models:
            raise CommandError(f"The pull request does not touch {request.model}", _name_one(models))
        return request.model
    if len(models) != 1:
        raise CommandError(f"The pull request touches {len(models)} models", _name_one(models))
    return models[0]


def _name_one(models: tuple[str, ...]) -> str:
    return f"name one: --model {models[0]}" if models else "there is none to name"


def _whereabouts(state: State, model: str, version: int) -> str:
    """What became of a version, environment by environment."""
    words = [f"{_standing(_release(state, name, model), version)} in {name}" for name in state.environments]
    return f"version {version} is {', '.join(words) or 'nowhere'}"


def _standing(release: Release | None, version: int) -> str:
    if release is None:
        return "unknown"
    if _runs(release, version):
        held = ", held," if release.hold is not None else ""
        return f"at {release.weight} %{held}"
    if _is_stable(release, version):
        return "stable"
    if _rejected(release, version):
        return "rejected"
    running = release.canary or release.stable
    return "not started" if running is None else f"not running (version {running.version} is)"
