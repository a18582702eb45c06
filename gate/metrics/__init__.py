"""One file a gate metric: what a bad request is, and where it is counted. `base.metrics()` finds them all."""
