"""What a change does to what judges, releases or deploys every model, beside its own. Pure.

A pull request is judged by the base's code and rules; what it changes of them counts from its merge on, for
everyone. GitHub runs workflows of the pull request itself, and git filters files by its attributes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sluicegate.specs import codeowners, layout, repository
from sluicegate.specs.tree import Tree
from sluicegate.validators.submission.directory import GIT_FILES


@dataclass(frozen=True)
class Kind:
    """One kind of files that judge: in words, and which paths are of it."""

    words: str
    pattern: re.Pattern[str]


def _kind(words: str, *patterns: str) -> Kind:
    return Kind(words, re.compile("|".join(patterns), re.DOTALL | re.IGNORECASE))


_GITHUB = r"\.github(?!/(ISSUE_TEMPLATE/|PULL_REQUEST_TEMPLATE|FUNDING\.yml$|[^/]*\.md$))(/.*)?"
"""All that workflows may run lies there; only forms and words for readers do not count."""
_CI = (
    r"\.gitlab-ci\.ya?ml",
    r"\.(gitlab|circleci|buildkite|woodpecker|husky|ci)(/.*)?",
    r"\.(woodpecker|drone|travis|cirrus)\.ya?ml",
    r"(azure|bitbucket)-pipelines\.ya?ml",
    r"Jenkinsfile",
    r"\.pre-commit-config\.yaml",
)
_BOTS = (
    r"\.github/(dependabot|mergify|settings|renovate)[^/]*",
    r"\.mergify(\.yml|/.*)",
    r"(\.renovaterc|renovate)(\.json5?)?",
    r"bors\.toml",
    r"\.kodiak\.toml",
)
_LOCKS = (
    r"[^/]*\.lock",
    r"(requirements|constraints)[^/]*\.txt",
    r"(package-lock|npm-shrinkwrap)\.json",
    r"pnpm-lock\.yaml",
    r"go\.(mod|sum)",
)
_TWINS = (
    r"(?-i:(?!models/|environments/))(models|environments)/.*",
    r"environments/(.*/)?(?-i:(?!(environment|values)\.yaml))(environment|values)\.ya?ml",
)
"""Spelled in other letters than ours, which a disk that ignores case takes for ours."""
EVERYWHERE = (
    _kind("who owns what", *map(re.escape, codeowners.PLACES)),
    _kind("branch rules", r"\.github/rulesets/.*"),
    _kind("what is merged or updated by itself", *_BOTS),
    _kind("workflows", _GITHUB, *_CI),
    _kind("what some systems take for other files", *_TWINS),
    _kind("how git reads files", rf"(.*/)?({'|'.join(map(re.escape, sorted(GIT_FILES)))})"),
    _kind("keys that sign evidence", re.escape(layout.TRUSTED_KEYS)),
    _kind("keys that sign models", re.escape(layout.MODEL_KEYS)),
    _kind(
        "the gate's own deployment",
        *map(re.escape, (layout.GATE_VALUES, layout.PROJECT_MANIFEST, layout.RELEASES_MANIFEST)),
        re.escape(layout.PREVIEWS_MANIFEST),
    ),
    _kind("schemas", r"(models|environments|charts)/(.*/)?[^/]*\.schema\.json"),
    _kind("charts", r"charts(/.*)?"),
    _kind("locked packages", rf"(?!models/)(.*/)?({'|'.join(_LOCKS)})"),
)
"""In a repository of anybody; a path is of the first kind that it matches."""
OURS = (
    _kind("checks", r"validators(/.*)?"),
    _kind("the gate", r"gate(/.*)?"),
    _kind(
        "other code",
        r"(ci|specs|embedded|sluicegate|templates|vars)(/.*)?",
        r"pyproject\.toml|setup\.py|Makefile|\.pre-commit-hooks\.yaml",
    ),
)
"""In a repository that has Sluicegate's own code beside its models."""
OWN_CODE = "validators/runner/run.py"
"""A file that tells that it has."""


@dataclass(frozen=True)
class JudgeChange:
    """Files of one kind that a change touches."""

    words: str
    paths: tuple[str, ...]


def judge_changes(paths: Iterable[str], *, own_code: bool) -> tuple[JudgeChange, ...]:
    """What these changed paths are of what judges, by kind; nothing of a model, a value or a release.

    `own_code`: Sluicegate's own code lies beside the models, and is a judge as well.
    """
    kinds = (*EVERYWHERE, *OURS) if own_code else EVERYWHERE
    found: dict[str, list[str]] = {kind.words: [] for kind in kinds}
    for path in paths:
        kind = next((kind for kind in kinds if kind.pattern.fullmatch(path)), None)
        if kind is not None:
            found[kind.words].append(path)
    return tuple(JudgeChange(words, tuple(sorted(those))) for words, those in found.items() if those)


def changes_of_the_judge(base: Tree | None, paths: Sequence[str]) -> tuple[JudgeChange, ...]:
    """What a change of these paths touches of what judges at the base; nothing before it has a model."""
    if base is None or not repository.models(base):
        return ()
    return judge_changes(paths, own_code=any(base.entries(OWN_CODE)))
