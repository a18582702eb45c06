"""Whole rollouts on simulated or recorded traffic: how often a rule errs, how late it is, and what it costs.

`traffic` draws what the clients and the servers do, `rollout` lets `sluicegate.gate.core.machine.decide` go
through it as the gate does, `rivals` lets the rules of other tools go through the very same traffic, and
`score` counts. `windows` and `replay` are the same for anybody's own counts.
"""
