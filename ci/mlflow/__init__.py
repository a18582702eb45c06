"""MLflow's registry: a registered model's files and lineage, and its webhooks."""
