"""Reads named queries out of the `.sql` files beside it."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

_HEAD = re.compile(r"^-- (\w+) --$", re.MULTILINE)


def parse_queries(text: str) -> dict[str, str]:
    """Split a file into its queries, each headed by `-- name --` and a sentence."""
    parts = _HEAD.split(text)
    return {name: body.strip() for name, body in zip(parts[1::2], parts[2::2], strict=True)}


@cache
def queries(file: str) -> dict[str, bytes]:
    text = (files("commonwatt.storage") / "queries" / f"{file}.sql").read_text("utf-8")
    return {name: body.encode() for name, body in parse_queries(text).items()}
