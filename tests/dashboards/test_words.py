"""Both languages say the same things, and everything the pages ask for."""

from __future__ import annotations

import re
import string
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

import dashboards
from commonwatt.model import Finding, Severity
from dashboards.words import LANGUAGES, Words, catalogue

PAGES = Path(dashboards.__file__).parent
SOURCES = [*PAGES.rglob("*.html"), *PAGES.rglob("*.py")]


def codes_asked_for() -> set[str]:
    text = "".join(source.read_text("utf-8") for source in SOURCES)
    return set(re.findall(r"""["']([a-z_]+(?:\.[a-z_0-9]+)+)["']""", text))


def test_every_language_has_every_code() -> None:
    assert {language: set(catalogue(language)) for language in LANGUAGES} == {
        language: set(catalogue("fr")) for language in LANGUAGES
    }


@pytest.mark.parametrize("code", sorted(catalogue("fr")))
def test_a_sentence_needs_the_same_facts_in_every_language(code: str) -> None:
    facts = {
        language: {name for _, name, _, _ in string.Formatter().parse(catalogue(language)[code])}
        for language in LANGUAGES
    }
    assert len({frozenset(names - {None}) for names in facts.values()}) == 1
    assert all(catalogue(language)[code].strip() for language in LANGUAGES)


def test_nothing_is_said_that_no_page_asks_for() -> None:
    chosen_by_data = re.compile(
        r"(unit|finding|refusal|error|public|meter\.(state|next)|building\.withheld)\..+"
        r"|home\.(sentence\..+|(day|week|month|today)\.heading)|meter\.(alive|silent|never)"
    )
    left = set(catalogue("fr")) - codes_asked_for()
    assert {code for code in left if not chosen_by_data.fullmatch(code)} == set()


def test_no_french_or_english_in_templates() -> None:
    """Between tags stand expressions, signs and units, never words."""
    for template in PAGES.rglob("*.html"):
        bare = re.sub(r"\{[{%#].*?[%}#]\}", "", template.read_text("utf-8"), flags=re.DOTALL)
        bare = re.sub(r"<[^>]*>", " ", bare)
        words = set(re.findall(r"[^\W\d_]{2,}", bare)) - {"kWh"}
        assert words == set(), template.name


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_to_refuse_has_words(language: str) -> None:
    ingest = (PAGES.parent / "ingest").rglob("*.py")
    text = "".join(source.read_text("utf-8") for source in ingest)
    codes = set(re.findall(r'(?:PayloadError|Faulty)\(\s*"(\w+)"', text)) | {"not_finite"}
    assert len(codes) >= 11
    for code in codes:
        assert Words(language).text(f"refusal.{code}")


def test_numbers_and_dates_are_written_as_people_write_them() -> None:
    french, english = Words("fr"), Words("en")
    assert french.number(12345.6, 1) == "12\u202f345,6"
    assert english.number(12345.6, 1) == "12,345.6"
    assert french.day(date(2026, 1, 5)) == "lundi 5 janvier 2026"
    midnight = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)
    assert french.day(french.local_date(midnight)) == "dimanche 29 mars 2026", (
        "in Paris it is the day after"
    )
    assert english.clock(midnight) == "00:30"


@pytest.mark.parametrize(
    ("minutes", "told"),
    [(0, "0 minutes"), (1, "1 minute"), (61, "1 hour 1 minute"), (3723, "2 days 14 hours")],
)
def test_lengths_of_time(minutes: float, told: str) -> None:
    assert Words("en").duration(minutes) == told


def test_a_share_is_never_rounded_up_to_all() -> None:
    assert Words("en").share(0.99999) == "99.9%"
    assert Words("en").share(1.0) == "100%"


def test_a_finding_speaks_to_its_audience() -> None:
    finding = Finding("silent", Severity.WARNING, "meter", {"minutes": 1500})
    assert "1,500" in Words("en").finding(finding, "household")
    assert Words("en").finding(finding, "household") != Words("en").finding(finding, "maker")


def test_an_unknown_code_is_an_error() -> None:
    with pytest.raises(KeyError):
        Words("fr").text("no.such.code")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_finding_of_the_core_has_words(language: str) -> None:
    text = (PAGES.parent / "commonwatt" / "core" / "quality.py").read_text("utf-8")
    codes = set(re.findall(r'(?:Finding|finding)\(\s*"(\w+)"', text)) | {"never_heard"}
    assert len(codes) == 6
    facts = {"count": 2, "minutes": 90}
    for code in codes:
        for audience in ("household", "maker"):
            finding = Finding(code, Severity.WARNING, "meter", facts)
            assert Words(language).finding(finding, audience)
