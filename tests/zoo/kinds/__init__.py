"""One file a kind: `TITLE`, `TEXT` (what its declaration is about) and `models()`."""
