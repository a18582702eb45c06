"""The people of a forge that tests start, and how its pull requests are named."""

from github.PullRequest import PullRequest

from sluicegate.embedded.forge import Token

BOT = Token("sluice", "bot-secret", "write", 8)
PERSON = Token("olga", "olga-secret", "admin", 7)
READER = Token("github-actions[bot]", "job-secret", "read", 10)
"""What GITHUB_TOKEN is to a job of a fork's pull request: it reads."""
APP = Token("sluice-gate[bot]", "app-secret", "write", 11)
STRANGER = Token("frank", "frank-secret", "read", 12)
"""Writes in their own fork alone."""
REVIEWER = Token("rita", "rita-secret", "write", 9)


def target(pull: PullRequest) -> str:
    """As `--comment` names it: OWNER/REPO#NUMBER."""
    return f"{pull.base.repo.full_name}#{pull.number}"
