"""Windows of off-peak hours as people write them."""

from __future__ import annotations

import re

from commonwatt.errors import TariffError


def read_window(told: str) -> tuple[int, int]:
    """Read a window such as 22:30-06:30 or 22h30-6h30 as minutes of the day."""
    found = re.fullmatch(r"\s*(\d\d?)[:hH](\d\d)?\s*-\s*(\d\d?)[:hH](\d\d)?\s*", told, re.ASCII)
    if not found:
        raise TariffError(f"a window such as 22:30-06:30 was expected, not {told!r}")
    hour, minute, last_hour, last_minute = (int(each or 0) for each in found.groups())
    return 60 * hour + minute, 60 * last_hour + last_minute
