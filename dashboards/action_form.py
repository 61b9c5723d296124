"""What a landlord types about an action: read whole, or refused with the reason's code."""

from __future__ import annotations

import unicodedata
from datetime import date

from commonwatt.model import FIRST_YEAR, LAST_YEAR
from commonwatt.storage.actions import LONGEST_NOTE, Action, ActionKind

REFUSALS = (
    "kind_unknown",
    "start_unreadable",
    "end_unreadable",
    "end_before_start",
    "note_unusable",
)


def read_action(kind: str, start: str, end: str, note: str) -> Action | str:
    """The action, or one of `REFUSALS`."""
    start_day, end_day, clean = _day(start), _day(end), unicodedata.normalize("NFC", note).strip()
    if kind not in {*ActionKind}:
        return "kind_unknown"
    if start_day is None:
        return "start_unreadable"
    if end and end_day is None:
        return "end_unreadable"
    if end_day and end_day < start_day:
        return "end_before_start"
    if len(clean) > LONGEST_NOTE or any(unicodedata.category(sign)[0] == "C" for sign in clean):
        return "note_unusable"
    return Action(ActionKind(kind), start_day, end_day, clean)


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year < LAST_YEAR else None
