"""One file a kind of traffic splitting: which weight is in effect, and since when."""
