"""Sheets to print and files to take along, in the reader's words."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import fields
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from commonwatt.documents.labels import Label, LabelWords, label_sheet
from commonwatt.documents.passports import PassportLine, PassportPage, passport_page
from commonwatt.storage.openings import provisioning_document
from dashboards.kits import day_words, trial_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonwatt.storage.openings import Handover
    from dashboards.words import Words

LABELS, METERS, NOTE = "labels.pdf", "meters.json", "facilitator.txt"
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)


def handover_files(handover: Handover, web_url: str, words: Words) -> dict[str, bytes]:
    """What a facilitator takes along, by file name: shown this once, kept nowhere in clear."""
    labels = [
        Label(
            number=kit.number,
            serial=kit.serial,
            maker_url=f"{web_url}/l/{kit.maker_token}",
            claim_code=kit.claim_code,
            claim_url=claim_url(web_url, kit.claim_code),
            password=kit.password,
        )
        for kit in handover.kits
    ]
    stamp_s = int(datetime.combine(handover.order.held_on, datetime.min.time()).timestamp())
    document = json.dumps(provisioning_document(handover), indent=2)
    link = f"{web_url}/l/{handover.facilitator_token}"
    note = words.text("handover.note", link=link, passphrase=handover.passphrase)
    return {
        LABELS: print_labels(labels, words, stamp_s),
        METERS: f"{document}\n".encode(),
        NOTE: f"{note}\n".encode(),
    }


def handover_archive(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _FIRST_DAY), content)
    return buffer.getvalue()


def claim_url(web_url: str, claim_code: str) -> str:
    """Where the label's second code leads: the claiming form with the code typed in."""
    return f"{web_url}/claim?code={claim_code}"


def print_labels(labels: Sequence[Label], words: Words, stamp_s: int) -> bytes:
    said = LabelWords(**{f.name: words.text(f"label.{f.name}") for f in fields(LabelWords)})
    (sheet,) = label_sheet(labels, said, language=words.language, stamp_s=stamp_s)
    return sheet


def print_passport(document: dict[str, Any], words: Words) -> bytes:
    issued_utc = datetime.fromisoformat(document["issued_utc"])
    page = passport_words(document, words)
    return passport_page(page, language=words.language, stamp_s=int(issued_utc.timestamp()))


def passport_words(document: dict[str, Any], words: Words) -> PassportPage:
    held_on = date.fromisoformat(document["workshop"]["date"])
    firmware = document["firmware"]
    calibration = document["calibration"]
    gain = "" if calibration["gain"] is None else words.number(calibration["gain"], 4)
    told = {
        "maker": document["maker"] or words.text("passport.maker.none"),
        "workshop": day_words(document["workshop"]["place"], held_on, words),
        "facilitator": document["facilitator"],
        "issued": words.moment(datetime.fromisoformat(document["issued_utc"])),
        "variant": words.text(f"variant.{document['variant']}"),
        "parts": document["parts_revision"],
        "firmware": firmware["name"],
        "hash": firmware["sha256"] or words.text("passport.hash.none"),
        "calibration": words.text(f"passport.calibration.{calibration['kind']}", gain=gain),
    }
    return PassportPage(
        title=words.text("passport.title"),
        serial=document["serial"],
        sentence=words.text("passport.sentence"),
        facts=[PassportLine(words.text(f"passport.{name}"), value) for name, value in told.items()],
        tests_heading=words.text("passport.tests"),
        tests=[
            PassportLine(
                trial_name(test["key"], words), words.text(f"selftest.grade.{test['grade']}")
            )
            for test in document["selftest"]["tests"]
        ],
        warning=words.text("passport.warning"),
    )
