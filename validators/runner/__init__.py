"""How checks are registered and run: the registry, inputs by name, the contained child."""
