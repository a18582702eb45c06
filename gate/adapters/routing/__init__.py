"""Traffic routing, one file for each kind: which weight is in effect, and since when."""
