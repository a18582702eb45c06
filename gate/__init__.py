"""The gate: it moves canary traffic by committing to git, on evidence, and rolls back the same way."""
