"""Simulated homes of known truth, and what the core makes of them: the studies under docs/studies."""
