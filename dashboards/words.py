"""Everything the pages say: catalogues of words, and numbers and dates as a language writes them."""

from __future__ import annotations

from datetime import date
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from babel.core import negotiate_locale
from babel.dates import format_date, format_datetime
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from markupsafe import Markup, escape

from commonwatt.model import ZONE

if TYPE_CHECKING:
    from datetime import datetime

    from commonwatt.model import Finding
    from commonwatt.registry.dwelling_lists import RowFault

LANGUAGES = {"fr": "Français", "falc": "Facile à lire", "en": "English"}
"""What a reader can choose."""

EASY = {"falc": "fr"}
"""Languages that are another one, easy to read: what they do not say otherwise is said as there."""

DEFAULT = "fr"


@cache
def catalogue(language: str) -> dict[str, str]:
    """Code -> sentence of one language."""
    path = files("dashboards") / "locales" / language / "messages.po"
    with path.open("rb") as file:
        messages = read_po(file, locale=EASY.get(language, language))
    own = {str(m.id): str(m.string) for m in messages if m.id}
    return {**catalogue(EASY[language]), **own} if language in EASY else own


def negotiate_language(accepted: str) -> str:
    """The best of our languages for an Accept-Language header."""
    weighed = [part.strip().partition(";q=") for part in accepted.split(",")]
    wanted = sorted(weighed, key=lambda part: -_weight(part[2]))
    spoken = [language for language in LANGUAGES if language not in EASY]
    return negotiate_locale([name for name, _, _ in wanted], spoken, sep="-") or DEFAULT


def _weight(quality: str) -> float:
    try:
        return float(quality or 1)
    except ValueError:
        return 0.0


class Words:
    """One language: its sentences, numbers and dates, in the time of the homes.

    `chosen` is what the reader chose, `language` what it is for machines: easy French is French.
    """

    def __init__(self, chosen: str = DEFAULT) -> None:
        self.chosen = chosen
        self.language = EASY.get(chosen, chosen)
        self._sentences = catalogue(chosen)
        self._zone = ZoneInfo(ZONE)

    def text(self, code: str, **facts: object) -> str:
        """The sentence of a code; KeyError if this language lacks it."""
        return self._sentences[code].format(**facts)

    def rich(self, code: str, **facts: str) -> Markup:
        """The sentence of a code as HTML, with its facts made to stand out."""
        strong = {name: Markup("<strong>{}</strong>").format(fact) for name, fact in facts.items()}
        return escape(self._sentences[code]).format(**strong)

    def count(self, code: str, number: int) -> str:
        """The sentence of a code that counts something, for one or for many."""
        is_one = number == 1 or (number == 0 and self.language == "fr")
        return self.text(f"{code}.one" if is_one else f"{code}.many", count=self.number(number))

    def finding(self, finding: Finding, audience: str) -> str:
        """The sentence of a finding, in the audience's own words where it has some."""
        own = f"finding.{audience}.{finding.code}"
        code = own if own in self._sentences else f"finding.{finding.code}"
        facts = {name: self._fact(name, value) for name, value in finding.facts.items()}
        return self.text(code, **facts)

    def _fact(self, name: str, value: float | str) -> str:
        if isinstance(value, str):
            return self.full_date(date.fromisoformat(value)) if name.endswith("_day") else value
        return self.duration(value) if name == "minutes" else self.number(value)

    def row_fault(self, fault: RowFault) -> str:
        """Where in a list something is wrong, and what to do about it."""
        why = self.text(f"row.{fault.code}", found=fault.found)
        where = "row.where.cell" if fault.column else "row.where.line"
        column = self.text(f"row.column.{fault.column}") if fault.column else ""
        return self.text(where, line=fault.line, column=column, why=why)

    def number(self, value: float, digits: int = 0) -> str:
        return _format_number(value + 0.0, digits, self.language)

    def signed(self, value: float, digits: int = 0) -> str:
        """A difference, with its sign."""
        sign = "+" if value > 0 else "\u2212" if value < 0 else ""
        return sign + self.number(abs(value), digits)

    def energy(self, kwh: float) -> str:
        """A figure of energy without its unit: two decimals, or one from ten up."""
        return self.number(kwh, 1 if round(kwh, 2) >= 10 else 2)

    def exact(self, kwh: float) -> str:
        """A figure of energy as a table shows it: to the watt-hour."""
        return self.number(kwh, 3)

    def euros(self, value: float, *, whole: bool = False) -> str:
        """An amount with its unit: to the cent, or in whole euros."""
        return self.text("unit.euros", euros=self.number(value) if whole else self.cents(value))

    def cents(self, value: float) -> str:
        """An amount as a table shows it, without its unit."""
        return self.number(value, 2)

    def share(self, value: float) -> str:
        """A percentage, never rounded up to a whole that it is not."""
        shown = min(value, 0.999) if value < 1 else value
        return _format_share(shown, self.text("unit.percent"), self.language)

    def moment(self, at_utc: datetime) -> str:
        return self._dated(at_utc, "d MMM yyyy") + ", " + self.clock(at_utc)

    def clock(self, at_utc: datetime) -> str:
        """The time of day; the hour that comes twice in autumn says which one it is."""
        time = self._dated(at_utc, "HH:mm")
        is_second = at_utc.astimezone(self._zone).fold == 1
        return self.text("time.second", time=time) if is_second else time

    def _dated(self, at_utc: datetime, pattern: str) -> str:
        local = at_utc.astimezone(self._zone).replace(tzinfo=None, second=0, microsecond=0)
        return _format_moment(local, pattern, self.language)

    def day(self, day: date) -> str:
        return _format_day(day, "EEEE d MMMM yyyy", self.language)

    def short_day(self, day: date) -> str:
        return _format_day(day, "EEE d MMM", self.language)

    def full_date(self, day: date) -> str:
        return _format_day(day, "d MMM yyyy", self.language)

    def weekday(self, day: date) -> str:
        return _format_day(day, "EEE", self.language)

    def month(self, day: date) -> str:
        return _format_day(day, "MMMM yyyy", self.language)

    def short_month(self, day: date) -> str:
        return _format_day(day, "MMM\u00a0yyyy", self.language)

    def month_letter(self, day: date) -> str:
        return _format_day(day, "LLLLL", self.language)

    def duration(self, minutes: float) -> str:
        """A length of time in its two largest units."""
        days, rest = divmod(round(minutes), 1440)
        hours, minutes_left = divmod(rest, 60)
        parts = (("day", days), ("hour", hours), ("minute", minutes_left))
        told = [self.count(f"unit.{unit}", number) for unit, number in parts if number]
        return " ".join(told[:2]) or self.count("unit.minute", 0)


@lru_cache(maxsize=4096)
def _format_day(day: date, pattern: str, language: str) -> str:
    return format_date(day, pattern, locale=language)


@lru_cache(maxsize=4096)
def _format_moment(local: datetime, pattern: str, language: str) -> str:
    return format_datetime(local, pattern, locale=language)


@lru_cache(maxsize=8192)
def _format_number(value: float, digits: int, language: str) -> str:
    """A number as a language writes it; the same few come again on every page."""
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return format_decimal(value, format=pattern, locale=language)


@lru_cache(maxsize=2048)
def _format_share(value: float, pattern: str, language: str) -> str:
    return format_percent(value, format=pattern, locale=language)
