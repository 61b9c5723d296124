"""Explanations of numbers as lines of text."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonwatt.reports.explanation import Explanation, Fact
    from dashboards.words import Words


def tell_explanation(words: Words, explanation: Explanation, audience: str) -> Iterator[str]:
    """Say every line, then what is wrong."""
    for line in explanation.lines:
        facts = {name: _tell(words, name, fact) for name, fact in line.facts.items()}
        yield words.text(f"explain.{line.code}", **facts)
    for finding in explanation.findings:
        yield words.finding(finding, audience)


def _tell(words: Words, name: str, fact: Fact) -> str:
    if isinstance(fact, datetime):
        return words.moment(fact)
    if isinstance(fact, date):
        return words.day(fact)
    if isinstance(fact, str):
        return words.text(f"rate.{fact}") if name == "rate" else fact
    if name.endswith("_share"):
        return words.number(100 * fact, 1)
    digits = {"eur_per_kwh": 4, "_kwh": 3, "_eur": 2, "_c": 1, "_kg": 1, "_days": 0}
    known = next((count for end, count in digits.items() if name.endswith(end)), 0)
    return words.number(fact, 2 if name in {"correlation", "ratio"} else known)
