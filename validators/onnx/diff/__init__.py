"""What a model's graph has that another's has not: operators, ways from inputs to outputs, weights."""
