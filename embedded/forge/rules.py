"""What rulesets hold back: a merge without its required statuses or approvals.

Only `required_status_checks` and `pull_request` are held against merges; the other types are kept and shown.
Pushes of git are not held back: the demonstration's and the gate's are made by accounts that pass by.
"""

from __future__ import annotations

import fnmatch
import json
from typing import Any

from sluicegate.embedded.forge.api_error import ApiError
from sluicegate.embedded.forge.auth import Token, may
from sluicegate.embedded.forge.pulls import Pull
from sluicegate.embedded.forge.state import ForgeState, Repository
from sluicegate.embedded.forge.statuses import failing_contexts
from sluicegate.embedded.forge.store import Row, newest

RULE_TYPES = frozenset({
    "creation", "update", "deletion", "required_linear_history", "merge_queue", "required_deployments",
    "required_signatures", "pull_request", "required_status_checks", "non_fast_forward",
    "commit_message_pattern", "commit_author_email_pattern", "committer_email_pattern",
    "branch_name_pattern", "tag_name_pattern", "file_path_restriction", "max_file_path_length",
    "file_extension_restriction", "max_file_size", "workflows", "code_scanning", "copilot_code_review",
})  # fmt: skip
ADMIN_ROLE = 5
"""The id of the repository's role `admin` as a bypass actor (GitHub's; 4 is write, 2 maintain)."""
WRITE_ROLE = 4


def applying(state: ForgeState, repository: Repository, ref: str) -> list[Row]:
    """The active rulesets of branches that this ref is under."""
    rows = state.store.rows(
        "SELECT * FROM rulesets WHERE repository = ? AND enforcement = 'active' AND target = 'branch' "
        "ORDER BY id",
        repository.id,
    )
    default = f"refs/heads/{repository.git.default_branch()}"
    return [row for row in rows if _covers(json.loads(row["conditions"]).get("ref_name", {}), ref, default)]


def _covers(names: dict[str, list[str]], ref: str, default: str) -> bool:
    def matches(patterns: list[str]) -> bool:
        given = [default if one == "~DEFAULT_BRANCH" else "*" if one == "~ALL" else one for one in patterns]
        return any(fnmatch.fnmatchcase(ref, pattern) for pattern in given)

    return matches(names.get("include", [])) and not matches(names.get("exclude", []))


def passes_by(ruleset: Row, account: Token | None) -> bool:
    """Whether the account is among those whom the ruleset does not bind."""
    if account is None:
        return False
    roles = {"admin": {ADMIN_ROLE, WRITE_ROLE}, "write": {WRITE_ROLE}}.get(account.permission, set())
    return any(
        (actor["actor_type"] == "RepositoryRole" and actor["actor_id"] in roles)
        or (actor["actor_type"] in ("User", "Integration") and actor["actor_id"] == account.id)
        for actor in json.loads(ruleset["bypass_actors"])
    )


def hold_merge(state: ForgeState, repository: Repository, pull: Pull, who: Token) -> None:
    """Let a merge pass that every active rule of the base allows. Raises `ApiError` 405 in GitHub's words."""
    violations: list[str] = []
    for ruleset in applying(state, repository, f"refs/heads/{pull.base_ref}"):
        if not passes_by(ruleset, who):
            for rule in json.loads(ruleset["rules"]):
                violations += _violations(state, repository, pull, rule)
    if violations:
        raise ApiError(405, "Repository rule violations found\n\n" + "\n\n".join(violations))


def _violations(state: ForgeState, repository: Repository, pull: Pull, rule: dict[str, Any]) -> list[str]:
    parameters = rule.get("parameters") or {}
    if rule["type"] == "required_status_checks":
        names = [check["context"] for check in parameters.get("required_status_checks", [])]
        missing = failing_contexts(state, repository, pull.head_sha, names)
        if len(missing) > 1:
            return [f"{len(missing)} of {len(names)} required status checks are expected."]
        return [f'Required status check "{name}" is expected.' for name in missing]
    if rule["type"] == "pull_request":
        return _missing_approvals(state, repository, pull, parameters)
    return []


def _missing_approvals(
    state: ForgeState, repository: Repository, pull: Pull, parameters: dict[str, Any]
) -> list[str]:
    needed = parameters.get("required_approving_review_count", 0)
    rows = state.store.rows(
        "SELECT * FROM reviews WHERE repository = ? AND number = ? AND state IN "
        "('APPROVED', 'CHANGES_REQUESTED', 'DISMISSED') ORDER BY id DESC",
        repository.id, pull.number,
    )  # fmt: skip
    latest = newest(rows, "author")
    if any(row["state"] == "CHANGES_REQUESTED" for row in latest):
        return ["Changes were requested by a reviewer."]
    stale = parameters.get("dismiss_stale_reviews_on_push", False)
    counted = [
        row
        for row in latest
        if row["state"] == "APPROVED"
        and may(state.accounts.by_login.get(row["author"]), "write", repository.owner)
        and (not stale or row["commit_id"] == pull.head_sha)
    ]
    if len(counted) >= needed:
        return []
    plural = "review is" if needed == 1 else "reviews are"
    return [f"At least {needed} approving {plural} required by reviewers with write access."]
