"""The words of each consent, as a household is asked and as the ledger keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonwatt.storage.consents import ConsentText, Purpose, consent_text
from dashboards.contexts import ConsentChoice

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from dashboards.words import Words

TEXT_VERSION = "1"
TEXTS = {
    Purpose.OWN_VIEW: "consent.own_view",
    Purpose.BUILDING_FIGURES: "consent.building_figures",
    Purpose.COACH: "consent.coach",
    Purpose.OPEN_DATA: "consent.open_data",
    Purpose.PAPER: "consent.paper",
    Purpose.SIMILAR_HOMES: "consent.similar_homes",
}
"""The words of each purpose; who changes them in any language raises the version."""


def text_of(purpose: Purpose, words: Words) -> ConsentText:
    """What the ledger keeps of the words: version and language, and the hash of what was read."""
    return consent_text(f"{TEXT_VERSION}-{words.chosen}", words.text(TEXTS[purpose]))


def consent_choices(
    purposes: Iterable[Purpose], words: Words, given: Collection[Purpose] = ()
) -> tuple[ConsentChoice, ...]:
    return tuple(
        ConsentChoice(
            purpose=purpose.value,
            text=words.text(TEXTS[purpose]),
            is_given=purpose in given,
        )
        for purpose in purposes
    )
