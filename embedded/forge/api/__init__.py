"""The REST endpoints below /api/v3, one module a resource."""

from __future__ import annotations

from sluicegate.embedded.forge.api import (
    actions,
    checks,
    comments,
    commits,
    contents,
    controls,
    deployments,
    gitdata,
    hooks,
    issues,
    labels,
    meta,
    pulls,
    reactions,
    refs,
    repos,
    reruns,
    reviews,
    rulesets,
    statuses,
)
from sluicegate.embedded.forge.endpoint import Endpoint

ENDPOINTS: tuple[Endpoint, ...] = tuple(
    endpoint
    for module in (
        controls, meta, repos, hooks, refs, gitdata, contents, pulls, reviews, comments, reactions, labels,
        issues, checks, statuses, commits, deployments, actions, reruns, rulesets,
    )
    for endpoint in module.ENDPOINTS
)  # fmt: skip
