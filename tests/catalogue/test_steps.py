"""The build guide is read whole, in both languages, and points at tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from commonwatt.catalogue.steps import read_steps, shipped_steps
from commonwatt.errors import CatalogueError
from commonwatt.registry.kits import Stage
from commonwatt.registry.selftests import required_tests

GUIDE = Path(__file__).parents[2] / "firmware_docs" / "guide" / "steps.toml"
LED = shipped_steps("led")


def test_a_meter_is_built_in_about_an_hour() -> None:
    assert 10 <= len(LED) <= 14
    assert 45 <= sum(step.minutes for step in LED) <= 90


def test_every_test_of_a_meter_sends_one_to_exactly_one_step() -> None:
    told = [key for step in LED for key in step.tests]
    assert sorted(told) == sorted(required_tests("led"))


def test_steps_end_at_stages_of_a_workshop() -> None:
    assert {Stage(step.stage) for step in LED} == {
        Stage.ASSEMBLED,
        Stage.PROVISIONED,
        Stage.TESTED,
    }


def test_every_caution_about_heat_or_mains_calls_an_adult() -> None:
    grave = [s for s in LED if re.search(r"°C|230", s.texts["en"].caution or "")]
    assert len(grave) >= 2
    assert all(step.needs_adult for step in grave)


def test_nobody_pretends_to_have_tried_it() -> None:
    assert all(step.is_to_verify for step in LED)


@pytest.mark.parametrize("step", LED, ids=lambda step: step.key)
def test_french_is_short_and_keeps_its_signs(step: object) -> None:
    text = next(s for s in LED if s is step).texts["fr"]
    for said in (text.title, text.text, text.check, text.caution or ""):
        assert not re.search(r" [?!:;»]|« ", said)
        sentences = re.split(r"[.!?:]\s+", said)
        assert max(len(sentence.split()) for sentence in sentences) <= 18, said


def test_there_is_no_guide_for_heads_nobody_described() -> None:
    assert shipped_steps("ct") == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('key = "unpack"', 'key = "rules"', "keys of their own"),
        ("minutes = 3", 'minutes = "3"', "minutes is a int"),
        ('stage = "assembled"', 'stage = "painted"', "stage is one of"),
        ('stage = "assembled"', 'stage = "tested"', "earlier stage follows"),
        ('title = "Open your box"\n', "", "title, text, check"),
        ('check = "Nothing', 'caution = "Mind."\ncheck = "Nothing', "caution stands"),
        ("adult = false\n", "adult = false\nprice = 3\n", "exactly these keys"),
        ('title = "Open your box"', 'title = " "', "says something"),
        ("[[step]]", "[[step", "TOML"),
    ],
)
def test_a_slip_in_the_file_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = GUIDE.read_text("utf-8")
    assert old in text
    changed = tmp_path / "steps.toml"
    changed.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(CatalogueError, match=re.escape(said)):
        read_steps(changed)
