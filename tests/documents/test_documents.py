"""What is printed is what was meant: read back from the PDF by another path."""

from __future__ import annotations

import re
import struct
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from commonwatt.documents.labels import Label, LabelWords, label_sheet
from commonwatt.registry.claims import new_code
from commonwatt.registry.passports import Passport, passport_document
from commonwatt.registry.serials import derived_serial
from dashboards.sheets import claim_url, passport_words, print_labels, print_passport
from dashboards.words import Words
from tests.api.hostile_names import list_hostile_names
from tests.documents.pdf_reading import read_pdf
from tests.documents.qr_reading import read_qr
from tests.registry.test_passports import PASSPORT

WEB_URL = "https://compteurs.example.org"
STAMP_S = 1_770_000_000


def make_label(number: int) -> Label:
    code = str(new_code())
    return Label(
        number=number,
        serial=derived_serial("label", number),
        maker_url=f"{WEB_URL}/l/token-{number}",
        claim_code=code,
        claim_url=claim_url(WEB_URL, code),
        password=f"7k3f-9q2m-{number:04}",
    )


def squeeze(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_label_carries_its_own_facts_and_codes(language: str) -> None:
    labels = [make_label(number) for number in range(1, 14)]
    pages = read_pdf(print_labels(labels, Words(language), STAMP_S))
    assert [len(page.codes) for page in pages] == [12, 12, 2]
    for place, page in enumerate(pages):
        mine = labels[6 * place : 6 * place + 6]
        for label in mine:
            for fact in (label.serial, label.claim_code, label.password):
                assert page.text.count(fact or "") == 1
        scanned = [read_qr(code) for code in page.codes]
        assert scanned == [url for label in mine for url in (label.maker_url, label.claim_url)]


@pytest.mark.parametrize("length", [20, 33, 50, 66, 84, 106])
def test_codes_of_every_size_are_read(length: int) -> None:
    url = f"{WEB_URL}/".ljust(length, "x")[:length]
    label = replace(make_label(1), maker_url=url, claim_url=url)
    (page,) = read_pdf(print_labels([label], Words("fr"), STAMP_S))
    assert [read_qr(code) for code in page.codes] == [url, url]


def test_a_label_says_where_each_half_belongs() -> None:
    words = Words("fr")
    (page,) = read_pdf(print_labels([make_label(1)], words, STAMP_S))
    for code in ("secret_part", "home", "scan", "warning", "claim_code", "password"):
        assert squeeze(words.text(f"label.{code}")) in page.text


def test_a_label_printed_again_has_no_password() -> None:
    words = Words("fr")
    (page,) = read_pdf(print_labels([replace(make_label(3), password=None)], words, STAMP_S))
    assert squeeze(words.text("label.password_kept")) in page.text
    assert "7k3f" not in page.text


def test_words_of_people_are_data_and_not_code() -> None:
    hostile = '#panic("x") $x$ *a* @b \\ <c> "'
    label = replace(make_label(1), password=hostile)
    said = LabelWords(*["w"] * 10)
    (sheet,) = label_sheet([label], said, language="fr", stamp_s=STAMP_S)
    assert squeeze(hostile) in read_pdf(sheet)[0].text


def test_the_same_labels_make_the_same_bytes() -> None:
    labels = [make_label(1), make_label(2)]
    first = print_labels(labels, Words("fr"), STAMP_S)
    assert first == print_labels(labels, Words("fr"), STAMP_S)
    assert first != print_labels(labels, Words("fr"), STAMP_S + 1)


def test_a_sheet_is_a4_as_a_picture_too() -> None:
    said = LabelWords(*["w"] * 10)
    (picture,) = label_sheet([make_label(1)], said, language="fr", stamp_s=STAMP_S, form="png")
    width, height = struct.unpack(">II", picture[16:24])
    assert (width, height) == (1191, 1684)  # 210 x 297 mm at 144 dots an inch


LONG: dict[str, Any] = {
    "nickname": "W" * 24,
    "facilitator": "M" * 80,
    "place": "W" * 80,
    "parts_revision": "r" * 40,
    "firmware": "f" * 40,
    "firmware_sha256": "ab" * 32,
    "bench": "b" * 40,
}


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("changes", [{}, {"nickname": "Zoé"}, LONG], ids=["bare", "named", "long"])
def test_a_passport_page_says_what_its_json_says(language: str, changes: dict[str, Any]) -> None:
    words = Words(language)
    document = passport_document(replace(PASSPORT, **changes))
    (page,) = read_pdf(print_passport(document, words))
    assert document["serial"] in page.text
    for line in (*passport_words(document, words).facts, *passport_words(document, words).tests):
        assert squeeze(line.name) in page.text
        assert squeeze(line.value) in page.text, page.runs
    for told in (document["facilitator"], document["maker"], document["firmware"]["name"]):
        assert squeeze(told or "") in page.text


def test_a_long_word_lies_within_the_page() -> None:
    """A word without spaces breaks: it takes more than one run, none as long as itself."""
    document = passport_document(replace(PASSPORT, **LONG))
    (page,) = read_pdf(print_passport(document, Words("fr")))
    assert "ab" * 32 in page.text
    assert not any("ab" * 32 in run for run in page.runs)
    assert not any("W" * 24 in run for run in page.runs)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_widest_passport_is_one_page(language: str) -> None:
    widest: dict[str, Any] = {
        name: "W" * len(text) for name, text in LONG.items() if not name.endswith("sha256")
    } | {"firmware_sha256": "ab" * 32}
    document = passport_document(replace(PASSPORT, **widest))
    assert len(read_pdf(print_passport(document, Words(language)))) == 1


@pytest.mark.parametrize("part", range(5))
def test_every_hostile_name_stands_in_a_passport(part: int) -> None:
    """Told forwards, or backwards where a name turns the direction."""
    lost = []
    for name in list_hostile_names()[part::5]:
        told: dict[str, Any] = {
            field: name[: len(text)] for field, text in LONG.items() if "sha256" not in field
        }
        document = passport_document(replace(PASSPORT, **told))
        (page,) = read_pdf(print_passport(document, Words("fr")))
        if "zq7" not in page.text and "7qz" not in page.text:
            lost.append(name)
    assert lost == []


def test_a_clamp_shows_its_gain() -> None:
    document = passport_document(replace(PASSPORT, variant="ct", gain=1.0234))
    told = {line.name: line.value for line in passport_words(document, Words("en")).facts}
    assert told["Calibration"] == "gain 1.0234"


def test_a_passport_is_dated_by_its_issue_alone() -> None:
    later: Passport = replace(PASSPORT, issued_utc=datetime(2026, 3, 13, tzinfo=UTC))
    first = print_passport(passport_document(PASSPORT), Words("fr"))
    assert first == print_passport(passport_document(PASSPORT), Words("fr"))
    assert b"D:20260312140000Z" in first
    assert b"D:20260313000000Z" in print_passport(passport_document(later), Words("fr"))
