"""Gateway dialects, one file for each implementation: its own series of a track's requests."""
