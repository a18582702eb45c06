"""Whether a track `baseline` runs beside the next canary: the stricter of two sets of rules decides."""

from __future__ import annotations

from sluicegate.specs import layout
from sluicegate.specs.environment import EnvironmentSpec
from sluicegate.specs.environment_file import load_environment
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.policy import Policy, policy
from sluicegate.specs.repository import read
from sluicegate.specs.strictness import strictest
from sluicegate.specs.tree import Tree
from sluicegate.specs.yamlio import InputError
from sluicegate.validators.submission.candidate import Load

BASE = "the base"


def rules_that_count(spec: ModelSpec, environment: EnvironmentSpec, base: Tree | None, load: Load) -> Policy:
    """The policy of the next release: the model's own, and what the base has stricter, its environment's too.

    The gate takes the stricter of the candidate's rules and stable's, which the base stands for: a change
    that takes `baseline` out together with a version is still released beside one. Raises InputError where
    the model's own are no policy; a base that cannot be read has none.
    """
    own = policy(spec, environment)
    if base is None:
        return own
    try:
        former = load(base, layout.model_directory(spec.name))[1]
        return strictest(own, BASE, policy(former, environment_at(base, environment)))
    except InputError:
        return own


def environment_at(base: Tree, environment: EnvironmentSpec) -> EnvironmentSpec:
    """The environment as the base has it; one that it lacks, or that is broken there, as it is now."""
    try:
        return load_environment(read(base, layout.environment_path(environment.name)))
    except InputError:
        return environment
