"""Hostile pull requests: a file a threat, each a change of a real repository that must be refused by name."""
