"""The embedded runtime: what Argo CD and the gateway are in a cluster, for laptops, tests and the demo."""
