"""The command line: what a person types, and nothing that computes."""

from commonwatt.cli.commands import app, main

__all__ = ["app", "main"]
