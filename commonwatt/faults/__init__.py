"""Faults on purpose: what is lost when things break, and whether everything is accounted for."""
