"""A file for each check, or for a family; `runner.registry.checks()` imports them all, nothing is listed."""
