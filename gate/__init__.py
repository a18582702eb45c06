"""The gate: it moves canary traffic by committing to git, on statistical evidence, and rolls back the same way."""
