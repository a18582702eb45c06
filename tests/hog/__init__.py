"""The demonstration on a machine that is busy: its servers stall, and its processors are taken."""
