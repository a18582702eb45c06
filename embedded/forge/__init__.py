"""The embedded forge: a GitHub-compatible subset over real bare repositories, on one local address.

It lets the same PyGithub and git calls run without GitHub: on a laptop, in tests, in the demonstration. Git
itself is the only source of refs, trees, commits and contents; sqlite beside the repositories keeps what git
does not (pulls, comments, checks, statuses, labels).

Its limits: pulls come from branches of the same repository (no forks); only merge commits (no squash, no
rebase); one permission a token over all repositories; webhooks for pushes and pulls alone; no reviews; no
rate limits; names are case-sensitive; nothing is private.
"""

from sluicegate.embedded.forge.auth import Token
from sluicegate.embedded.forge.server import Forge, ForgeFailed
from sluicegate.embedded.listening import PortTaken

__all__ = ["Forge", "ForgeFailed", "PortTaken", "Token"]
