"""An example of a package that extends Sluicegate; its entry points are in pyproject.toml."""
