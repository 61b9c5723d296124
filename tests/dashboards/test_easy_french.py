"""French that is easy to read: short sentences, everyday words, for who lives with a meter or builds one."""

from __future__ import annotations

import re

import pytest
from babel.messages.pofile import read_po

from dashboards.words import EASY, catalogue
from tests.dashboards.test_words import PAGES

MOST_WORDS = 12
READERS = (
    *("site", "area", "public", "home", "live", "period", "view", "energy", "known", "gap"),
    *("table", "chart", "link", "explore", "money", "budget", "offers", "saving", "always_on"),
    *("hunt", "room", "data", "consent", "claim", "claimed", "enter", "pin", "contract"),
    *("open", "error", "login", "unit", "time", "visit", "visitor", "rate", "step", "kit"),
    *("bench", "guide", "moment", "past", "hint", "alert", "compare", "source"),
)
"""Whose words are easy: households, makers, and whoever comes by; those of professions are ordinary French."""

HARD = re.compile(
    r"\b(?:consommation|consommer|estimé|intervalle|couverture|période|identifiant|placebo"
    r"|provenance|souscri|authentif|notamment|toutefois|afin|lorsque|dont|lequel|laquelle"
    r"|duquel|jeton|réglementé|étalonnage|résili|agrég|quarantaine|facultatif|exploitant"
    r"|nécessaire|rattach)\w*",
    re.IGNORECASE,
)
SIGNS = re.compile(r"[;()«»]")
LEAST_SCORE = 75
VOWELS = re.compile(r"[aeiouyàâäéèêëîïôöùûüœæ]+", re.IGNORECASE)


def told() -> dict[str, str]:
    return {
        code: text
        for code, text in catalogue("falc").items()
        if code.split(".", maxsplit=1)[0] in READERS
    }


def sentences(text: str) -> list[str]:
    filled = re.sub(r"\{\w+\}", "12", text.replace("\u00a0", " ").replace("\u202f", " "))
    return [part for part in re.split(r"[.!?:]+(?:\s|$)", filled) if part.strip()]


def words(sentence: str) -> list[str]:
    return [each for each in re.split(r"[\s\u2019]+", sentence) if re.search(r"\w", each)]


@pytest.mark.parametrize("code", sorted(told()))
def test_sentences_are_short_and_words_are_everyday(code: str) -> None:
    text = told()[code]
    long = [each for each in sentences(text) if len(each.split()) > MOST_WORDS]
    assert (long, HARD.findall(text), SIGNS.findall(text)) == ([], [], [])


def score(texts: list[str]) -> float:
    """Kandel and Moles' reading ease for French: 207 - 1.015 words a sentence - 73.6 syllables a word."""
    each = [words(sentence) for text in texts for sentence in sentences(text)]
    spoken = [word for sentence in each for word in sentence]
    syllables = sum(max(len(VOWELS.findall(re.sub(r"es?$", "", word))), 1) for word in spoken)
    return 207 - 1.015 * len(spoken) / len(each) - 73.6 * syllables / len(spoken)


@pytest.mark.parametrize(
    "reader",
    ["home", "money", "saving", "hunt", "consent", "data", "claim", "hint", "alert", "compare"],
)
def test_each_page_reads_easily(reader: str) -> None:
    own = [text for code, text in told().items() if code.startswith(f"{reader}.")]
    assert score(own) >= LEAST_SCORE


def test_the_score_tells_hard_from_easy() -> None:
    hard = "La consommation énergétique prévisionnelle résulte de projections statistique."
    assert score([hard]) < LEAST_SCORE < score(["Le chat dort. Il fait nuit."])


def test_only_what_differs_is_said_again() -> None:
    with (PAGES / "locales" / "falc" / "messages.po").open("rb") as file:
        own = {str(m.id): str(m.string) for m in read_po(file, locale="fr") if m.id}
    assert EASY["falc"] == "fr"
    assert {code for code, text in own.items() if catalogue("fr").get(code) == text} == set()
    assert set(own) <= set(catalogue("fr"))


def test_signs_stay_with_their_words() -> None:
    assert {c for c, text in catalogue("falc").items() if re.search(r" [?!:;%]", text)} == set()
