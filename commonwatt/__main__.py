"""`python -m commonwatt` is the command line."""

from __future__ import annotations

from commonwatt.cli import main

if __name__ == "__main__":
    main()
