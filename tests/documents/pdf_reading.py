"""Reads a PDF by itself, without the program that made it: its pages, its words, its QR codes.

It knows what our sheets are made of and no more: text in arrays of strings with a ToUnicode map, and
pictures drawn as horizontal strokes, one unit a module.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

Matrix = frozenset[tuple[int, int]]
UNREADABLE = "\ufffd"
"""A sign that no letter is told for, such as the box drawn where the font has none."""

_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_OBJECT = re.compile(rb"(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
_ESCAPED = re.compile(r"\\([0-7]{1,3}|.)", re.DOTALL)
_TEXT = re.compile(r"/(f\d+) [\d.]+ Tf [-\d. ]+ Tm(?=[(\[])")
_PICTURE = re.compile(r"\nq ([\d.]+) 0 0 -\1 [\d.]+ [\d.]+ cm[^\n]*? M ([^\n]*)\n[BS]\n")
_STROKE = re.compile(r"(\d+) (\d+)\.5 m (\d+) \2\.5 l")


@dataclass(frozen=True, slots=True)
class PdfPage:
    """One page: its runs of text in order, its QR codes as sets of dark (row, column)."""

    runs: tuple[str, ...]
    codes: tuple[Matrix, ...]

    @property
    def text(self) -> str:
        """All of it without white space, since a line may break anywhere."""
        return re.sub(r"\s|\u200b", "", "".join(self.runs))


def read_pdf(pdf: bytes) -> list[PdfPage]:
    assert pdf.startswith(b"%PDF-1.")
    objects = {int(number): body for number, body in _OBJECT.findall(pdf)}
    pages = [body for body in objects.values() if b"/Type/Page/" in body]
    return [_read_page(objects, page) for page in pages]


def _read_page(objects: dict[int, bytes], page: bytes) -> PdfPage:
    content = _stream(objects[_reference(page, "Contents")]).decode("latin-1")
    resources = objects[_reference(page, "Resources")]
    fonts = {
        name.decode(): _letters(objects, objects[int(number)])
        for name, number in re.findall(rb"/(f\d+) (\d+) 0 R", resources)
    }
    runs = [
        "".join(fonts[found[1]].get(code, UNREADABLE) for code in _codes(content, found.end()))
        for found in _TEXT.finditer(content)
    ]
    drawn = [_matrix(strokes) for _, strokes in _PICTURE.findall(content)]
    return PdfPage(tuple(runs), tuple(matrix for matrix in drawn if matrix))


def _reference(body: bytes, name: str) -> int:
    found = re.search(rb"/" + name.encode() + rb" (\d+) 0 R", body)
    assert found, name
    return int(found[1])


def _stream(body: bytes) -> bytes:
    raw = body.split(b"stream\n", 1)[1].rsplit(b"\nendstream", 1)[0]
    return zlib.decompress(raw)


def _letters(objects: dict[int, bytes], font: bytes) -> dict[int, str]:
    cmap = _stream(objects[_reference(font, "ToUnicode")]).decode()
    pairs = re.findall(r"^<([0-9A-F]{4})> <([0-9A-F]+)>$", cmap, re.MULTILINE)
    return {int(code, 16): bytes.fromhex(text).decode("utf-16-be") for code, text in pairs}


def _codes(content: str, at: int) -> list[int]:
    """The glyphs of a string or an array of them; round brackets may stand unescaped in pairs."""
    depth, text = 0, ""
    end = "]" if content[at] == "[" else "T"
    while depth or content[at] != end:
        sign = content[at]
        width = 2 if sign == "\\" else 1
        depth -= sign == ")"
        text += content[at : at + width] if depth else ""
        depth += sign == "("
        at += width
    raw = _unescape(text).encode("latin-1")
    return [int.from_bytes(raw[at : at + 2], "big") for at in range(0, len(raw), 2)]


def _unescape(text: str) -> str:
    def meant(found: re.Match[str]) -> str:
        sign = found[1]
        return chr(int(sign, 8)) if sign[0].isdigit() else _ESCAPES.get(sign, sign)

    return _ESCAPED.sub(meant, text)


def _matrix(strokes: str) -> Matrix:
    return frozenset(
        (int(row), column)
        for left, row, right in _STROKE.findall(strokes)
        for column in range(int(left), int(right))
    )
