"""The ground floor: the files that people and the gate write, as typed data, and where they are kept."""
