"""Whoever may see a building's page may print its report, and nobody else's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.test_matrix import headers_of
from tests.documents.pdf_reading import read_pdf

if TYPE_CHECKING:
    from tests.api.conftest import Doors


@pytest.mark.parametrize("viewer", ["landlord_1", "staff_1"])
def test_a_landlord_prints_a_building(full_doors: Doors, viewer: str) -> None:
    headers = headers_of(full_doors, viewer) | {"accept-language": "en"}
    answer = full_doors.client.get("/building/1/report.pdf", headers=headers)
    assert answer.headers["content-type"] == "application/pdf"
    text = "".join(page.text for page in read_pdf(answer.content))
    for told in ("Reportofthebuilding", "Tilleuls", "1of2flats"):
        assert told in text
    assert "A01" not in text
