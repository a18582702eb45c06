"""The embedded runtime: where Argo CD and the gateway stand in a cluster, for laptops, tests and the demo."""
