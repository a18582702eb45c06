"""What the gate decides, and why: pure functions over frozen data, no clock, no disk, no network."""
