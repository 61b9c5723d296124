"""The use cases: load, compute with the core, return a frozen report."""
