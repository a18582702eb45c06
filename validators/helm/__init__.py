"""What the charts are given, what they render, and what that asks of the cluster."""
