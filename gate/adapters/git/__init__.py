"""The one git door: every git process of ours is started here, with an environment of its own."""
