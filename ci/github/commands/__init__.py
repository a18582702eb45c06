"""`/sluice ...` in the comments of a pull request: read, permitted, carried out, answered."""
