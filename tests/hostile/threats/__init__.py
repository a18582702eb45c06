"""One file a threat: THREAT says what it is, and `cases()` yields what must be refused."""
