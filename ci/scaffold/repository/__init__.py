"""What a repository on GitHub needs beside its models: workflows, owners, templates, rulesets.

Each file has one template here. `.github/` of this repository is written from the same templates, with the
action of its own checkout.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

from sluicegate.ci.github.checks import CONTEXT
from sluicegate.ci.github.rulesets import declared
from sluicegate.ci.scaffold.repository.pins import PINS
from sluicegate.specs import layout

WORKFLOWS = ("validate", "report", "commands", "gate", "publish")
RULESETS = ("history", "review", "evidence")
CODEOWNERS = ".github/CODEOWNERS"
RULESETS_DIRECTORY = ".github/rulesets"
"""Where the rulesets are kept that `sluice github protect` applies."""
GATE_PASSES = ("sluice: judged and approved", "sluice: evidence is the gate's")
"""The names of the rulesets that must let the gate pass by."""
OWN_ACTION = "./ci"
"""The action of the checkout itself, for the repository that holds it."""
_PLACEHOLDER = re.compile(r"(?m)^( *(?:- )?uses: )([A-Z_]+)$")
_COMPANIONS = {
    "dependabot.yaml": ".github/dependabot.yml",
    "pull_request_template.md": ".github/pull_request_template.md",
    "issue-model.md": ".github/ISSUE_TEMPLATE/model.md",
    "issue-release.md": ".github/ISSUE_TEMPLATE/release.md",
}


@dataclass(frozen=True)
class Setup:
    """What is known of a repository before its files are written."""

    action: str | None
    """Behind `uses:`: OWNER/NAME/ci@COMMIT with a comment, or `./ci`; without one there are no workflows."""
    owners: Sequence[str]
    """Who owns what no line of a model names: environments, workflows; without any there is no CODEOWNERS."""
    models: Mapping[str, Sequence[str]]
    """By model, its `metadata.owners`."""
    app: int | None = None
    """The id of the GitHub App that judges and releases."""
    user: Sequence[str] = ()
    """Git's user, who owns what nobody else is named for."""


def ours(setup: Setup) -> dict[str, str]:
    """The files that are written again on every update, by path."""
    action = setup.action
    names = WORKFLOWS if action is not None else ()
    workflows = {f".github/workflows/sluice-{name}.yaml": _workflow(name, str(action)) for name in names}
    return workflows | _rulesets(setup.app)


def companions(setup: Setup) -> dict[str, str]:
    """The files that are a beginning, by path: a repository that has one keeps its own."""
    files = {target: _template(name) for name, target in _COMPANIONS.items()}
    return files | ({CODEOWNERS: _codeowners(setup)} if setup.owners else {})


def with_less_known(setup: Setup) -> dict[str, str]:
    """The files as we write them before an App and other owners than git's user are named, by path."""
    files = _rulesets(None)
    if setup.user:
        files[CODEOWNERS] = _codeowners(replace(setup, owners=setup.user))
    return files


def _rulesets(app: int | None) -> dict[str, str]:
    return {f"{RULESETS_DIRECTORY}/{name}.json": _ruleset(name, app) for name in RULESETS}


def known_app(root: Path) -> int | None:
    """The App that the rulesets of a repository let pass; None where they name none, or several.

    Raises InputError for a file there that does not hold a ruleset.
    """
    folder = root / RULESETS_DIRECTORY
    rulesets = declared(folder) if any(folder.glob("*.json")) else []
    actors = [actor for ruleset in rulesets for actor in ruleset["bypass_actors"]]
    apps = {actor["actor_id"] for actor in actors if actor["actor_type"] == "Integration"}
    return apps.pop() if len(apps) == 1 else None


def _template(name: str) -> str:
    return files(__name__).joinpath(name).read_text(encoding="utf-8")


def _workflow(name: str, action: str) -> str:
    """A workflow with each action at its commit."""
    uses = {**PINS, "SLUICEGATE": action}
    text = _template(f"sluice-{name}.yaml")
    return _PLACEHOLDER.sub(lambda found: found[1] + uses[found[2]], text)


def _ruleset(name: str, app: int | None) -> str:
    """A ruleset; with an App, it alone passes by, and its verdict alone counts."""
    ruleset = json.loads(_template(f"ruleset-{name}.json"))
    if app is not None:
        if name != "history":
            ruleset["bypass_actors"] = [
                {"actor_id": app, "actor_type": "Integration", "bypass_mode": "always"}
            ]
        for rule in ruleset["rules"]:
            for check in rule.get("parameters", {}).get("required_status_checks", []):
                if check["context"] == CONTEXT:
                    check["integration_id"] = app
    return json.dumps(ruleset, indent=2) + "\n"


_CODEOWNERS = """\
# Who has to approve what: the last line that matches a path counts, and GitHub reads the base's file.
# A model's line names the owners that its model.yaml names (the check owners-known compares them).
"""


def _codeowners(setup: Setup) -> str:
    """Everything is owned by `owners`, a model by its own: a line for each."""
    everything = " ".join(setup.owners)
    lines = {"*": everything}
    for model, owners in sorted(setup.models.items()):
        lines[f"/{layout.model_directory(model)}/"] = " ".join(owners)
    width = max(map(len, lines))
    return _CODEOWNERS + "".join(f"{path:<{width}}  {owners}\n" for path, owners in lines.items())
