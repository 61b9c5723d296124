"""Sets a page: a template, its facts, and the pictures it shows, always to the same bytes."""

from __future__ import annotations

import json
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING, Any, Literal

import segno
import typst

if TYPE_CHECKING:
    from collections.abc import Mapping

_FOLDER = files("commonwatt.documents")
_PPI = 144.0


def set_pages(
    template: str,
    facts: Mapping[str, Any],
    pictures: Mapping[str, bytes] | None = None,
    *,
    stamp_s: int,
    form: Literal["pdf", "png"] = "pdf",
) -> list[bytes]:
    """The document as one PDF, or as one picture a page; `stamp_s` is its date, so that it repeats.

    Facts are data to the template, never part of its code; only the fonts of typst are used.
    """
    sources = {
        "main.typ": (_FOLDER / f"{template}.typ").read_bytes(),
        "facts.json": json.dumps(facts, ensure_ascii=False).encode(),
        **(pictures or {}),
    }
    compile_all: Any = typst.compile  # its stub does not know of several sources
    made = compile_all(sources, format=form, ppi=_PPI, ignore_system_fonts=True, timestamp=stamp_s)
    return made if isinstance(made, list) else [made]


def qr_svg(text: str) -> bytes:
    """A QR code with a quiet zone, dark on nothing; level M survives a scratch."""
    buffer = BytesIO()
    segno.make(text, error="m", micro=False).save(buffer, kind="svg", border=4, xmldecl=False)
    return buffer.getvalue()
