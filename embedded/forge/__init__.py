"""The embedded forge: a GitHub-compatible subset over real bare repositories, on one local address.

It lets the same PyGithub and git calls run without GitHub: on a laptop, in tests,
in the demonstration. Git itself is
the only source of refs, trees,
commits and contents; sqlite beside the repositories keeps what git has no place for
(pulls, comments, checks, statuses, labels). Its bounds,
said plainly: pulls come from branches of the same repository
(no forks), only merge commits (no squash, no rebase), one permission a token over all repositories,
webhooks for pushes and pulls alone, no
reviews, no rate limits, names are case-sensitive, nothing is private.
"""

from sluicegate.embedded.forge.server import Forge, ForgeFailed, PortTaken, Token

__all__ = ["Forge", "ForgeFailed", "PortTaken", "Token"]
