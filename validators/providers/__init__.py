"""What the checks can ask for by parameter name."""
