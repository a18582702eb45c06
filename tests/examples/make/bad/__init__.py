"""What a check must stop, one file a subject."""
