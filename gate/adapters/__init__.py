"""Where the gate touches the world: git, metrics, GitHub."""
