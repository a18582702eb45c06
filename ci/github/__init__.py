"""What the bot writes on GitHub."""
