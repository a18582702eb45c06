"""Simulated rollouts of the gate itself: how often it finishes or rolls back, and after how many requests.

Only the traffic is simulated (`traffic.py`): every decision is made by `sluicegate.gate.core.machine.decide`
from the counters of a gateway, with baselines, the split check and closed steps (`simulation.py`).
"""
