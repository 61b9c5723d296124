"""Recorded files of households, and how they are spoken in protocol v1."""
