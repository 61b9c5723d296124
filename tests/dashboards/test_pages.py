"""Every page in both languages: well formed, in order, in plain words, without strangers."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from commonwatt.model import Finding, Severity
from dashboards.style import STYLE
from dashboards.words import Words
from tests.dashboards.samples import (
    building_report,
    empty_household_report,
    household_report,
    meter_progress,
    new_meter_progress,
    silent_household_report,
    silent_meter_progress,
)

if TYPE_CHECKING:
    from starlette.testclient import TestClient

    from tests.dashboards.conftest import Open

PAGES = [
    "/",
    "/home",
    "/home?view=day&date=2026-01-14",
    "/home?view=week&date=2026-01-14",
    "/home?view=month",
    "/home?view=year&date=2025-07-01",
    "/home/explore",
    "/home/explore?view=year",
    "/home/money",
    "/home/money/contracts",
    "/home/saving",
    "/home/always-on",
    "/home/always-on?hunt=800,700",
    "/meter",
    "/building",
]
VOID = {"meta", "link", "input", "br", "path", "circle", "rect"}


class Page(HTMLParser):
    """A page taken apart: its elements in order, and whether every one is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.elements)

    def values(self, attribute: str) -> list[str]:
        return [str(attrs[attribute]) for _, attrs in self.elements if attribute in attrs]


def read(client: TestClient, path: str, language: str = "en") -> str:
    answer = client.get(path, headers={"accept-language": language})
    assert answer.status_code == 200, answer.text
    return answer.text.replace("\u00a0", " ").replace("\u202f", " ")


def plain(text: str) -> str:
    """What is read aloud: no tags, no pictures."""
    text = re.sub(r"<(svg|head)\b.*?</\1>", "", text, flags=re.DOTALL)
    text = re.sub(r"</?(strong|span|code)\b[^>]*>", "", text)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", text)).split())


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_well_made(open_pages: Open, path: str, language: str) -> None:
    answer = open_pages().get(path, headers={"accept-language": language})
    page = Page(answer.text)
    assert page.open == []
    assert page.count("h1") == 1
    assert page.count("main") == 1
    assert next(attrs["lang"] for tag, attrs in page.elements if tag == "html") == language
    assert re.search(r"<title>[^<]{3,} · commonwatt</title>", answer.text)
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    named = " ".join([*page.values("aria-labelledby"), *page.values("for")]).split()
    assert set(named) <= set(ids)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_asks_nobody_else_and_carries_no_code(open_pages: Open, path: str) -> None:
    text = open_pages().get(path).text
    page = Page(text)
    addresses = [*page.values("href"), *page.values("src"), *page.values("action")]
    assert all(re.match(r"[/?#](?!/)", address) for address in addresses)
    assert page.count("style") == text.count(f"<style>{STYLE}</style>") == 1
    assert page.values("style") == []
    assert not any(name.startswith("on") for _, attrs in page.elements for name in attrs)
    assert re.findall(r"<script[^>]*>([^<]+)</script>", text) == []
    assert set(re.findall(r"https?://[^\"' ]+", text)) <= {"http://www.w3.org/2000/svg"}


@pytest.mark.parametrize("path", ["/home", "/home?view=week", "/home/explore", "/building"])
def test_tables_have_captions_heads_and_units(open_pages: Open, path: str) -> None:
    text = read(open_pages(), path)
    page = Page(text)
    assert page.count("table") == page.count("caption") >= 1
    assert "Energy (kWh)" in text or "Total (kWh)" in text
    scopes = [attrs.get("scope") for tag, attrs in page.elements if tag == "th"]
    assert {"col", "row"} == set(scopes)


def test_the_sentence_comes_before_the_chart_and_the_chart_before_the_table(
    open_pages: Open,
) -> None:
    for panel in read(open_pages(), "/home").split('<section class="panel"')[1:]:
        places = [panel.index(mark) for mark in ('class="sentence"', "<svg", "<table")]
        assert places == sorted(places)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_household_reads_what_its_report_says(open_pages: Open, language: str) -> None:
    words, report = Words(language), household_report()
    text = plain(read(open_pages(), "/home", language))
    for energy in (report.today, report.week, report.month):
        assert energy.total.kwh is not None
        assert f"{words.energy(energy.total.kwh)} kWh" in text
    for bar in report.today.bars:
        assert bar.kwh is None or words.exact(bar.kwh) in text
    assert f"{words.number(1432)} watts".replace("\u202f", " ") in text
    assert "Résidence des <Tilleuls>" in text


def test_page_and_api_say_the_same(open_pages: Open) -> None:
    client = open_pages()
    told = client.get("/api/v1/household/report").json()
    page = read(client, "/home")
    shown = re.findall(r"<strong>([\d.,]+) kWh</strong>", page)
    totals = [told[part]["total"]["kwh"] for part in ("today", "week", "month")]
    assert [float(number) for number in shown] == pytest.approx(totals, abs=0.05)
    rows = re.findall(r"<tr><th[^>]*>[^<]*</th><td>([\d.]+)</td>", page)
    bars = [bar["kwh"] for part in ("today", "week", "month") for bar in told[part]["bars"]]
    known = [round(kwh, 3) for kwh in bars if kwh is not None]
    assert [float(number) for number in rows] == pytest.approx(known, abs=1e-9)
    assert told["live"]["power_w"] == 1432.4


def test_gaps_are_told_in_words(open_pages: Open) -> None:
    text = plain(read(open_pages(), "/home"))
    assert "15 Jan 2026, 03:00, for 2 hours: the amount is known, the time is not." in text
    assert "15 Jan 2026, 09:30, for 1 hour 15 minutes: consumption unknown." in text
    assert "at least 4.41 kWh since midnight" in text


def test_without_an_unknown_gap_nothing_is_called_at_least(open_pages: Open) -> None:
    text = plain(read(open_pages(), "/home?view=day&date=2026-01-14"))
    assert "That day you used 12.0 kWh." in text
    assert "at least" not in text


def test_one_can_go_to_the_days_beside(open_pages: Open) -> None:
    page = Page(read(open_pages(), "/home?view=day&date=2026-01-14"))
    beside = {attrs.get("rel"): attrs["href"] for _, attrs in page.elements if attrs.get("rel")}
    assert beside["prev"] == "/home?view=day&date=2026-01-13"
    assert beside["next"] == "/home?view=day&date=2026-01-15"
    today = Page(read(open_pages(), "/home?view=day&date=2026-01-15"))
    assert "next" not in today.values("rel")


def test_a_home_without_measurements_says_what_to_do(open_pages: Open) -> None:
    text = plain(read(open_pages(household=empty_household_report(), moment=None), "/home"))
    assert "Your meter has not said anything yet." in text
    assert "Check that it is plugged in." in text
    assert "kWh" not in text


def test_a_silent_meter_is_not_called_now(open_pages: Open) -> None:
    text = plain(read(open_pages(household=silent_household_report()), "/home"))
    assert "silent for 1 day 2 hours" in text
    assert "When your meter last spoke, your home was using 87 watts." in text
    assert "Right now" not in text


def test_a_maker_sees_life_and_no_consumption(open_pages: Open) -> None:
    text = plain(read(open_pages(), "/meter"))
    assert "It is alive!" in text
    assert "5,261 of 5,280 expected" in text
    assert re.search(r"\bk?Wh?\b", text) is None


def test_a_maker_reads_why_a_message_was_refused(open_pages: Open) -> None:
    text = plain(read(open_pages(meter=silent_meter_progress()), "/meter"))
    for words in ("It has gone quiet.", "A field is missing", "field by field", "`$.r[0].e`"):
        assert words in text


@pytest.mark.parametrize("code", ["register_absurd", "power_absurd", "database_refused"])
def test_what_was_measured_is_not_told_to_makers(open_pages: Open, code: str) -> None:
    client = open_pages(meter=silent_meter_progress(code, "n=5: 987654.3 Wh"))
    assert "987654" not in client.get("/meter").text
    assert "987654" not in client.get("/api/v1/meter").text


def test_facts_of_findings_are_not_told_to_makers(open_pages: Open) -> None:
    finding = Finding("power_disagrees", Severity.FAULT, "meter", {"register_wh": 987654.0})
    client = open_pages(meter=meter_progress(findings=(finding,)))
    assert "The meter needs adjusting." in plain(read(client, "/meter"))
    assert "987" not in client.get("/meter").text
    assert client.get("/api/v1/meter").json()["findings"] == [
        {"code": "power_disagrees", "severity": "fault", "where": "meter"}
    ]


def test_a_refused_message_cannot_write_the_page(open_pages: Open) -> None:
    hostile = "<script>alert(1)</script>"
    answer = open_pages(meter=silent_meter_progress("unknown_topic", hostile)).get("/meter")
    assert hostile not in answer.text
    assert "&lt;script&gt;" in answer.text


def test_a_new_meter_is_told_what_to_do(open_pages: Open) -> None:
    text = plain(read(open_pages(meter=new_meter_progress()), "/meter"))
    assert "It has never spoken yet." in text
    assert "Plug the meter in" in text
    assert "Last sign of life none" in text


def test_readings_are_counted_even_if_nobody_knows_how_many_to_expect(open_pages: Open) -> None:
    client = open_pages(meter=meter_progress(received_today=12, expected_today=0))
    text = read(client, "/meter")
    assert "Readings received today 12 Stage" in plain(text)
    assert "<meter" not in text


def test_a_landlord_reads_months_and_reasons(open_pages: Open) -> None:
    text = plain(read(open_pages(), "/building"))
    assert "In December 2025, 18 homes used 4,705 kWh together, 261 kWh per home." in text
    for reason in ("too few consenting homes", "too few homes measured", "one home would be more"):
        assert f"withheld: {reason}" in text
    assert "at least 11 consenting homes" in text


def test_a_building_without_months_says_what_it_takes(open_pages: Open) -> None:
    text = read(open_pages(building=building_report(())), "/building")
    assert "No month can be shown yet." in text
    assert "<table" not in text


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/home?date=yesterday", 422, "Une date ou une période"),
        ("/home/explore?view=decade", 422, "choisissez une autre date"),
        ("/l/nobody-has-this", 404, "rien ici pour vous"),
    ],
)
def test_errors_are_pages_with_a_way_on(
    open_pages: Open, monkeypatch: pytest.MonkeyPatch, path: str, status: int, words: str
) -> None:
    for name, found in (("find_link", None), ("are_spent", False), ("spend_try", True)):
        monkeypatch.setattr(f"api.sessions.{name}", lambda *_, found=found: found)
    answer = open_pages().get(path)
    assert answer.status_code == status
    assert words in answer.text
    assert 'href="/"' in answer.text
    assert Page(answer.text).count("h1") == 1


def test_a_chosen_language_is_remembered(open_pages: Open) -> None:
    client = open_pages()
    french = {"accept-language": "fr"}
    assert 'lang="en"' in client.get("/meter?lang=en", headers=french).text
    assert 'lang="en"' in client.get("/home", headers=french).text
    assert 'lang="fr"' in client.get("/home?lang=fr", headers=french).text
    assert 'lang="fr"' in client.get("/home?lang=xx", headers={"accept-language": "en"}).text


def test_the_language_links_keep_the_period(open_pages: Open) -> None:
    page = Page(open_pages().get("/home?view=week&date=2026-01-05").text)
    assert "?view=week&date=2026-01-05&lang=en" in page.values("href")


def test_the_table_to_take_away_is_the_table_shown(open_pages: Open) -> None:
    answer = open_pages().get("/home/energy.csv?view=week&date=2026-01-15")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="commonwatt-week-2026-01-12.csv"' in answer.headers["content-disposition"]
    lines = answer.text.splitlines()
    assert len(lines) == 1 + 7
    assert lines[0].startswith("start_utc,end_utc,start_local,energy_kwh")


def test_plotly_comes_from_here(open_pages: Open) -> None:
    answer = open_pages().get("/static/plotly.min.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    whole = (files("plotly") / "package_data" / "plotly.min.js").read_text("utf-8")
    version = re.search(r"plotly\.js v([\d.]+)", whole[:200])
    assert version is not None
    assert answer.text.lstrip().startswith(f"/**\n* plotly.js (basic - minified) v{version[1]}\n")
    assert int(answer.headers["content-length"]) <= 400_000


def test_the_first_view_is_light(open_pages: Open) -> None:
    """Page, style and script as they are sent, in bytes: nothing is compressed."""
    client = open_pages()
    answer = client.get("/home")
    page = Page(answer.text)
    own = [*page.values("src"), *(url for url in page.values("href") if url.startswith("/static"))]
    sizes = [len(client.get(url).content) for url in dict.fromkeys(own)]
    assert len(sizes) == 2
    assert len(answer.content) + sum(sizes) <= 60_000


def test_a_landlord_reads_how_much_is_withheld_and_why(open_pages: Open) -> None:
    text = plain(read(open_pages(), "/building"))
    assert "Months shown 7 of 10" in text
    assert "Meters silent for a day 1" in text
    assert "withheld: too few consenting homes (1)" in text


def test_few_meters_are_not_counted(open_pages: Open) -> None:
    report = replace(building_report(), live_meters=None, silent_meters=None)
    text = plain(read(open_pages(building=report), "/building"))
    assert "Meters alive fewer than 11" in text
    assert "Meters silent for a day fewer than 11" in text
