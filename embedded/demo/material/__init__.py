"""What the demonstration plays with: versions of the models, live rows, and the maker of the bad version."""
