"""Random sequences of what happens to a pull request, told by a bot whose requests fail."""
