"""What each engine loads: IR version, opsets, and operators by name, as data with its source."""
