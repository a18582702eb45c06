"""The gate at work: read the repository at one tip, evaluate every release, commit what is decided."""
