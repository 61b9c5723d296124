"""Both languages say the same things, everything the pages ask for, and nothing else."""

from __future__ import annotations

import re
import string
from dataclasses import fields
from datetime import UTC, date, datetime
from pathlib import Path
from typing import get_args

import pytest

import dashboards
from commonwatt.claiming import REFUSALS as CLAIM_REFUSALS
from commonwatt.core.exclusions import Reason
from commonwatt.core.similar import EnergySource
from commonwatt.core.tariff import Option, Rate
from commonwatt.core.tiers import Gate, Tier, Verdict
from commonwatt.documents.labels import LabelWords
from commonwatt.hardware.folders import HEADS
from commonwatt.model import Finding, Severity
from commonwatt.operations.doctor import CODES as DOCTOR_CODES
from commonwatt.registry.badges import BadgeKind
from commonwatt.registry.dwelling_lists import COLUMNS
from commonwatt.registry.kits import REFUSALS
from commonwatt.registry.selftests import KNOWN, Grade
from commonwatt.registry.tickets import Cause
from commonwatt.reports.advice import Hint
from commonwatt.reports.building import BuildingMonth
from commonwatt.reports.building_savings import WAITING
from commonwatt.reports.energy import By
from commonwatt.reports.monthly_sheet import Tip
from commonwatt.reports.open_data import LICENCES
from commonwatt.storage.actions import ActionKind
from commonwatt.storage.alerts import AlertKind
from commonwatt.storage.audit import VISITS
from commonwatt.storage.openings import VARIANTS
from dashboards.action_form import REFUSALS as ACTION_REFUSALS
from dashboards.areas import Area
from dashboards.choices import BARS, DETAILED_BARS, Beside, View
from dashboards.landlord_reports import ANNEX, SAVING_COLUMNS, SAVING_PARTS
from dashboards.pages.advice import NEXT
from dashboards.pages.always_on import ROOMS
from dashboards.pages.saving import SPOKEN
from dashboards.panels import CURRENT
from dashboards.rendering import TOLD_STATUSES
from dashboards.words import LANGUAGES, Words, catalogue, negotiate_language

PAGES = Path(dashboards.__file__).parent
HOUSE = PAGES.parent
SOURCES = [*PAGES.rglob("*.html"), *PAGES.rglob("*.py")]
COUNTED = {
    *("energy.kettles", "energy.heater", "gap.more", "chart.missing", "unit.minute"),
    *("sheet.kettles", "sheet.missing", "savings.weeks"),
}
FILES = (".html", ".css", ".js", ".po", ".pdf", ".json", ".txt", ".jwt")
PASSPORT_FACTS = (
    *("maker", "workshop", "facilitator", "issued", "variant"),
    *("parts", "firmware", "hash", "calibration"),
)
PERIODS = [*CURRENT.values(), *View]


def read_all(folder: str, pattern: str) -> str:
    return "".join(path.read_text("utf-8") for path in sorted((HOUSE / folder).rglob(pattern)))


def codes_written_out() -> set[str]:
    """Every string with dots that is neither a file nor the beginning of counted codes."""
    text = "".join(source.read_text("utf-8") for source in SOURCES)
    found = set(re.findall(r"""["']([a-z_]+(?:\.[a-z_0-9]+)+)["']""", text))
    return {c for c in found if not c.endswith(FILES)} - COUNTED


def refusals() -> set[str]:
    text = read_all("ingest", "*.py")
    chosen = set(re.findall(r'code = "(\w+)" if .* else "(\w+)"', text))
    named = set(re.findall(r'(?:PayloadError|Faulty|refused_as)\(\s*"(\w+)"', text))
    return named.union(*chosen)


def finding_codes() -> set[str]:
    text = read_all("commonwatt/reports", "*.py") + read_all("commonwatt/core", "*.py")
    return set(re.findall(r'[Ff]inding\("(\w+)"', text))


def advice_codes() -> set[str]:
    """Of hints, alerts and homes alike."""
    return {
        *(f"hint.{part}{hint}" for hint in Hint for part in ("", "heading.", "why.")),
        *(f"hint.{hint}.priced" for hint in (Hint.WATER_HEATER, Hint.ALWAYS_ON)),
        *(f"hint.onward.{hint}" for hint in NEXT),
        *(f"alert.{part}.{kind}" for kind in AlertKind for part in ("label", "told")),
        *(f"compare.strip.{home}" for home in ("best", "own", "median")),
        *(f"compare.{source}" for source in ("heating", "hot_water")),
        *(f"source.{source}" for source in EnergySource),
        *(f"past.then.{name}" for name in PERIODS),
        *(f"explore.beside.{each}" for each in Beside),
    }


def codes_chosen_by_data() -> set[str]:
    """Codes put together from what reports and routes can say."""
    told = re.search(
        r"`withheld` names the reason: (.*?)\.", BuildingMonth.__doc__ or "", re.DOTALL
    )
    withheld = re.findall(r'"(\w+)"', told[1] if told else "")
    lists = read_all("commonwatt", "dwelling_lists.py") + read_all(
        "commonwatt/storage", "dwellings.py"
    )
    faults = re.findall(r'"([a-z]+(?:_[a-z]+)+)"', lists)
    states = re.findall(r"state IN \(([^)]*)\)", read_all("commonwatt/storage", "*.sql"))[0]
    findings = finding_codes()
    counted = COUNTED | {"unit.day", "unit.hour"}
    columns = ("month", "homes", "kwh", "each", "measured")
    doors = ("household", "maker", "landlord")
    return {
        *workshop_codes(),
        *household_codes(),
        *advice_codes(),
        *(f"guide.{part}.{head}" for part in ("head", "who", "open") for head in HEADS),
        *(f"guide.column.{column}" for column in ("part", "needed", "bought", "cost", "tool")),
        *(f"guide.light.{length}" for length in ("short", "long")),
        *landlord_paper_codes(),
        *building_savings_codes(),
        *(f"open.licence.{licence}" for licence in LICENCES),
        *(f"{code}.{form}" for code in counted for form in ("one", "many")),
        *(f"energy.{kind}.{period}" for kind in ("exact", "least") for period in PERIODS),
        *(f"period.{period}" for period in CURRENT.values()),
        *(f"view.{view}" for view in View),
        *(f"public.{door}.{part}" for door in doors for part in ("heading", "text")),
        *(f"building.column.{column}" for column in columns),
        *(f"building.withheld.{reason}" for reason in withheld),
        *(f"meter.health.{health}" for health in ("alive", "silent", "never")),
        *(f"meter.advice.{health}" for health in ("silent", "never")),
        *(f"meter.state.{state}" for state in re.findall(r"'(\w+)'", states)),
        *(
            f"error.{status}.{part}"
            for status in (*TOLD_STATUSES, 500)
            for part in ("title", "text")
        ),
        *(f"{kind}.{code}" for code in refusals() for kind in ("refusal", "advice")),
        *(f"finding.{code}" for code in findings),
        *(f"finding.household.{code}" for code in ("never_heard", "silent")),
        *(f"doctor.{code}" for code in DOCTOR_CODES),
        *(f"explain.{code}" for code in explained()),
        *(f"rate.{rate}" for rate in Rate),
        *(
            f"row.{fault}"
            for fault in {*faults}
            - {"known_dwellings", "lock_dwellings", "add_buildings", "add_dwellings"}
        ),
        *(f"row.column.{column}" for column in COLUMNS),
        *(f"action.kind.{kind}" for kind in ActionKind),
        *(f"action.refused.{code}" for code in ACTION_REFUSALS),
        *(f"action.column.{column}" for column in ("kind", "start", "end", "note")),
    }


def household_codes() -> set[str]:
    """Codes put together from claiming, contracts, sheets, and who looks at what."""
    return {
        *(f"claim.refused.{code}" for code in CLAIM_REFUSALS),
        *(f"contract.option.{option}" for option in Option),
        *(f"visit.{what}" for what in VISITS),
        *money_codes(),
        *(f"sheet.tip.{tip}" for tip in Tip),
        *(f"sheet.coin.{unit}" for unit in ("euro", "cent")),
        *(f"sheet.legend.{kind}" for kind in ("measured", "estimated", "unknown")),
        *(f"visitor.{who}" for who in ("guest", "household", "operator")),
    }


def money_codes() -> set[str]:
    """Codes put together from a household's areas, verdicts and rooms."""
    columns = ("month", "days", "expected", "used", "less")
    return {
        *(f"area.{area}" for area in Area),
        *(f"saving.{verdict}" for verdict in Verdict),
        *(f"saving.heading.{verdict}" for verdict in Verdict),
        *(f"saving.gate.{gate}" for gate in Gate),
        *(f"saving.worth.{verdict}" for verdict in SPOKEN),
        *(f"saving.column.{column}" for column in columns),
        *(f"offers.column.{column}" for column in ("contract", "own", "other", "difference")),
        *(f"room.{room}" for room in ROOMS),
    }


def landlord_paper_codes() -> set[str]:
    """Codes put together from the parts of the annex of a landlord's report."""
    missing = ("baseline", "reporting", "quality")
    return {
        *(f"paper.annex.{part}" for part in ANNEX),
        *(f"paper.annex.{part}.name" for part in ANNEX),
        *(f"paper.annex.{part}.none" for part in missing),
        *(f"paper.annex.{part}.saving" for part in ("lead", *SAVING_PARTS)),
        "paper.annex.lead",
        *(f"paper.saving.{column}" for column in SAVING_COLUMNS),
    }


def building_savings_codes() -> set[str]:
    """Codes put together from verdicts, and from why nothing is told of an action."""
    gates = ("too_few_homes", "thin_data", "differs_by_few", "would_reveal")
    closed = ("portfolio_dominant_home", "portfolio_placebo_failed", WAITING)
    return {
        *(f"savings.{verdict}" for verdict in Verdict),
        *(f"savings.column.{column}" for column in ("what", "low", "value", "high")),
        *(f"savings.reason.{before}{gate}" for before in ("", "waiting_") for gate in gates),
        *(f"savings.reason.{code}" for code in closed),
    }


def workshop_codes() -> set[str]:
    """Codes put together from the rules of kits, badges, self-tests and labels."""
    trials = {*KNOWN, "other"}
    parts = ("", ".description", ".criteria")
    return {
        *(f"kit.refused.{code}" for code in REFUSALS),
        *(f"kit.verdict.{verdict}" for verdict in ("missing", "passed", "failed")),
        *(f"kit.passport.{form}" for form in ("pdf", "json")),
        *(f"variant.{variant}" for variant in VARIANTS),
        *(f"badge.{kind}{part}" for kind in BadgeKind for part in parts),
        *(f"ticket.{cause}" for cause in Cause),
        *(f"selftest.grade.{grade}" for grade in Grade),
        *(f"selftest.{part}.{key}" for part in ("name", "hint") for key in trials),
        *(f"label.{field.name}" for field in fields(LabelWords)),
        *(f"passport.{fact}" for fact in PASSPORT_FACTS),
        *(f"passport.calibration.{kind}" for kind in ("verified_only", "gain")),
    }


def explained() -> set[str]:
    """Every code a line of an explanation can have."""
    text = (HOUSE / "commonwatt" / "reports" / "explanation.py").read_text("utf-8")
    codes = set(re.findall(r'Line\(\s*"([a-z._]+)"', text))
    codes |= set(re.findall(r'"(energy\.gap\.[a-z]+)"', text))
    for kind, values in (("tier", Tier), ("verdict", Verdict), ("gate", Gate)):
        codes |= {f"saving.{kind}.{value}" for value in values}
    reasons = [reason.name.lower() for reason in Reason if reason != Reason.COUNTED]
    sides = re.findall(r'"(saving\.[a-z]+_without)"', text)
    assert len(sides) == 2
    return codes | {f"{side}.{reason}" for side in sides for reason in reasons}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_every_code_that_is_asked_for_and_no_other(language: str) -> None:
    asked = codes_written_out() | codes_chosen_by_data()
    assert asked - set(catalogue(language)) == set()
    assert set(catalogue(language)) - asked == set()


def test_there_are_as_many_refusals_as_the_ingest_has() -> None:
    assert len(refusals()) == 19


@pytest.mark.parametrize("code", sorted(catalogue("fr")))
def test_a_sentence_needs_the_same_facts_in_every_language(code: str) -> None:
    facts = {
        frozenset(n for _, n, _, _ in string.Formatter().parse(catalogue(language)[code]) if n)
        for language in LANGUAGES
    }
    assert len(facts) == 1
    assert all(catalogue(language)[code].strip() for language in LANGUAGES)


def test_no_words_in_templates() -> None:
    """Between tags stand expressions, signs and units, never words."""
    for template in PAGES.rglob("*.html"):
        text = re.sub(r"\{% block width %\}\w+", "", template.read_text("utf-8"))
        bare = re.sub(r"\{[{%#].*?[%}#]\}", "", text, flags=re.DOTALL)
        bare = re.sub(r"<[^>]*>", " ", bare)
        assert re.findall(r"[^\W\d_]{2,}", bare) == [], template.name


def test_french_keeps_its_signs_with_their_words() -> None:
    breaking = {code for code, text in catalogue("fr").items() if re.search(r" [?!:;%]", text)}
    assert breaking == set()


def test_numbers_and_dates_are_written_as_people_write_them() -> None:
    french, english = Words("fr"), Words("en")
    assert french.number(12345.6, 1) == "12\u202f345,6"
    assert english.number(12345.6, 1) == "12,345.6"
    assert french.day(date(2026, 1, 5)) == "lundi 5 janvier 2026"
    late_utc = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)
    assert french.moment(late_utc) == "29 mars 2026, 00:30"
    assert english.clock(late_utc) == "00:30"


def test_the_hour_that_comes_twice_is_told_apart() -> None:
    first_utc = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    second_utc = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert Words("en").clock(first_utc) == "02:30"
    assert Words("en").clock(second_utc) == "02:30 (winter time)"


@pytest.mark.parametrize(
    ("kwh", "told"), [(0, "0.00"), (9.994, "9.99"), (9.996, "10.0"), (1234.56, "1,234.6")]
)
def test_energy_has_as_many_digits_as_help(kwh: float, told: str) -> None:
    assert Words("en").energy(kwh) == told


@pytest.mark.parametrize(
    ("minutes", "told"),
    [(0, "0 minutes"), (1, "1 minute"), (61, "1 hour 1 minute"), (3723, "2 days 14 hours")],
)
def test_lengths_of_time(minutes: float, told: str) -> None:
    assert Words("en").duration(minutes) == told


def test_none_is_singular_in_french_alone() -> None:
    assert Words("fr").count("unit.hour", 0) == "0 heure"
    assert Words("en").count("unit.hour", 0) == "0 hours"


def test_a_share_is_never_rounded_up_to_all() -> None:
    assert Words("en").share(0.99999) == "99.9%"
    assert Words("en").share(1.0) == "100%"
    assert Words("fr").share(0.987) == "98,7\u00a0%"


def test_facts_are_escaped_where_a_sentence_is_html() -> None:
    told = Words("en").rich("live.now", power="<b>5")
    assert told == "Your home is using <strong>&lt;b&gt;5</strong>."


def test_a_finding_speaks_to_its_audience() -> None:
    finding = Finding("silent", Severity.WARNING, "meter", {"minutes": 1500})
    household = Words("en").finding(finding, "household")
    assert "1 day 1 hour" in household
    assert household != Words("en").finding(finding, "maker")


def test_an_unknown_code_is_an_error() -> None:
    with pytest.raises(KeyError):
        Words("fr").text("no.such.code")


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "fr"),
        ("*", "fr"),
        ("de-DE,de;q=0.9", "fr"),
        ("en-GB,en;q=0.9,fr;q=0.8", "en"),
        ("de,en;q=0.3,fr;q=0.7", "fr"),
        ("en;q=none", "en"),
        ("fr-CA", "fr"),
    ],
)
def test_the_language_a_browser_asks_for(accepted: str, language: str) -> None:
    assert negotiate_language(accepted) == language


def test_every_view_has_its_bars() -> None:
    assert set(BARS) == set(DETAILED_BARS) == set(View)
    assert {*BARS.values(), *DETAILED_BARS.values()} <= set(get_args(By))
