"""commonwatt: what homes use, measured by open meters that young people build."""

__version__ = "0.1.0"
