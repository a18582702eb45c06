"""A file for each check, or for a family; `validators.base.checks()` imports them all, nothing is listed."""
