"""One file a gateway implementation: how its own series tell a track's requests."""
