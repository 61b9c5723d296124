"""Simulated homes, and the meter's side of protocol v1."""
