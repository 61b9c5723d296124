"""Everything the pages say: catalogues of words, and numbers and dates as a language writes them."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_time
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

from commonwatt.model import ZONE

if TYPE_CHECKING:
    from commonwatt.model import Finding

LANGUAGES = {"fr": "Français", "en": "English"}
DEFAULT = "fr"


@cache
def catalogue(language: str) -> dict[str, str]:
    """Code -> sentence of one language."""
    path = files("dashboards") / "locales" / language / "messages.po"
    with path.open("rb") as file:
        messages = read_po(file, locale=language)
    return {str(m.id): str(m.string) for m in messages if m.id}


class Words:
    """One language: its sentences, numbers and dates, in the time of the homes."""

    def __init__(self, language: str = DEFAULT) -> None:
        self.language = language
        self._sentences = catalogue(language)
        self._zone = ZoneInfo(ZONE)

    def text(self, code: str, **facts: object) -> str:
        """The sentence of a code; KeyError if this language lacks it."""
        return self._sentences[code].format(**facts)

    def finding(self, finding: Finding, audience: str) -> str:
        """The sentence of a finding, in the audience's own words where it has some."""
        own = f"finding.{audience}.{finding.code}"
        code = own if own in self._sentences else f"finding.{finding.code}"
        facts = {name: self._fact(value) for name, value in finding.facts.items()}
        return self.text(code, **facts)

    def _fact(self, value: float | str) -> str:
        return value if isinstance(value, str) else self.number(value)

    def number(self, value: float, digits: int = 0) -> str:
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return format_decimal(value, format=pattern, locale=self.language)

    def energy(self, kwh: float) -> str:
        return self.number(kwh, 1 if kwh >= 10 else 2)

    def tick(self, value: float, top: float) -> str:
        """A value of an axis, with as many digits as its top needs."""
        digits = 0 if top >= 10 else 1 if top >= 1 else 2 if top >= 0.1 else 3
        return self.number(value, digits)

    def share(self, value: float) -> str:
        """A percentage, never rounded up to a whole that it is not."""
        shown = min(value, 0.999) if value < 1 else value
        return format_percent(shown, format="#,##0.#%", locale=self.language)

    def moment(self, moment_utc: datetime) -> str:
        local = moment_utc.astimezone(self._zone)
        return format_datetime(local, "d MMM yyyy HH:mm", locale=self.language)

    def clock(self, moment_utc: datetime) -> str:
        return format_time(moment_utc, "HH:mm", tzinfo=self._zone, locale=self.language)

    def local_date(self, moment_utc: datetime) -> date:
        """The day it is, where the homes are."""
        return moment_utc.astimezone(self._zone).date()

    def day(self, day: date) -> str:
        return format_date(day, "EEEE d MMMM yyyy", locale=self.language)

    def short_day(self, day: date) -> str:
        return format_date(day, "EEE d", locale=self.language)

    def weekday(self, day: date) -> str:
        return format_date(day, "EEE", locale=self.language)

    def month(self, day: date) -> str:
        return format_date(day, "MMMM yyyy", locale=self.language)

    def short_month(self, day: date) -> str:
        return format_date(day, "MMM yy", locale=self.language)

    def duration(self, minutes: float) -> str:
        """A length of time in its largest two units."""
        whole = round(minutes)
        days, rest = divmod(whole, 1440)
        hours, minutes_left = divmod(rest, 60)
        parts = (("day", days), ("hour", hours), ("minute", minutes_left))
        told = [self._count(unit, count) for unit, count in parts if count]
        return " ".join(told[:2]) or self._count("minute", 0)

    def _count(self, unit: str, count: int) -> str:
        form = "one" if count == 1 else "many"
        return self.text(f"unit.{unit}.{form}", count=self.number(count))
