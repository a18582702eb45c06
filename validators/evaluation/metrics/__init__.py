"""The metrics of a quality rule, each in one file."""
