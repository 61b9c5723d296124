"""The meter as data: its parts, its wiring and the pictures of its steps, drawn in one style."""
