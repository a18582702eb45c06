"""GitOps for machine-learning models: judged by pull request, released by commit."""

__version__ = "0.1.0"
