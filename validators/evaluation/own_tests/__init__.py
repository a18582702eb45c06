"""The owner's pytest files, run against the loaded model in a contained child."""
