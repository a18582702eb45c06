"""What people and CI run: the command `sluice`, the reports, the comment on GitHub, setting up a cluster."""
