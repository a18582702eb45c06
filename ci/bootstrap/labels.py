"""The labels of every object that `sluice bootstrap` applies."""

MANAGED = {"app.kubernetes.io/managed-by": "sluicegate"}
