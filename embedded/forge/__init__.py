"""The embedded forge: a GitHub-compatible subset over real bare repositories, on one local address.

It lets the same PyGithub and git calls run without GitHub: on a laptop, in tests, in the demonstration. Git
itself is the only source of refs, trees, commits and contents; sqlite beside the repositories keeps what git
does not (pulls, comments, reviews, checks, statuses, labels, deployments, runs of workflows, rulesets).

Its limits: every repository allows merge commits, squashes and rebases; a token has one permission over all
repositories of others, and may do everything in its own, such as forks; no comments at lines of a diff; no
merge queue; nothing runs workflows: what a runner would report is recorded by requests of the forge's own
(`api/actions.py`); no rate limits; names are case-sensitive; nothing is private.
"""

from sluicegate.embedded.forge.auth import Token
from sluicegate.embedded.forge.server import Forge, ForgeFailed
from sluicegate.embedded.listening import PortTaken

__all__ = ["Forge", "ForgeFailed", "PortTaken", "Token"]
