"""The build guide is read whole, in every language, and points at tests that exist."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from commonwatt.catalogue.steps import GUIDE, read_steps, read_translations, shipped_steps
from commonwatt.errors import CatalogueError
from commonwatt.registry.kits import Stage
from commonwatt.registry.selftests import required_tests
from tests.dashboards.test_easy_french import HARD, MOST_WORDS, SIGNS, sentences

if TYPE_CHECKING:
    from pathlib import Path

    from commonwatt.catalogue.steps import Step

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
def test_french_is_short_and_keeps_its_signs(step: Step) -> None:
    text = step.texts["fr"]
    for said in (text.title, *text.actions, text.check, text.caution or "", text.alt):
        assert not re.search(r" [?!:;»]|« ", said)
        parts = re.split(r"[.!?:;,]\s+|\u00a0[;:]", said)
        assert max(len(part.split()) for part in parts) <= 20, said


@pytest.mark.parametrize("step", LED, ids=lambda step: step.key)
def test_easy_french_is_easy(step: Step) -> None:
    text = step.texts["falc"]
    for said in (text.title, *text.actions, text.check, text.caution or "", text.alt):
        long = [each for each in sentences(said) if len(each.split()) > MOST_WORDS]
        assert (long, HARD.findall(said), SIGNS.findall(said)) == ([], [], [])


@pytest.mark.parametrize("variant", ["led", "tic_h", "tic_s", "ct"])
def test_every_head_has_a_guide(variant: str) -> None:
    assert len(shipped_steps(variant)) >= 8


def test_there_is_no_guide_for_a_simulated_meter() -> None:
    assert shipped_steps("sim") == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('key = "unpack"', 'key = "rules"', "stale"),
        ("minutes = 3", 'minutes = "3"', "minutes is a int"),
        ('stage = "assembled"', 'stage = "painted"', "stage is one of"),
        ('stage = "assembled"', 'stage = "tested"', "earlier stage follows"),
        ('title = "Ouvre ta boîte"\n', "", "title, actions, check, alt"),
        ('title = "Ouvre ta boîte"', 'title = "Ouvre-la"', "stale"),
        ("adult = false\n", "adult = false\nprice = 3\n", "exactly these keys"),
        ('title = "Ouvre ta boîte"', 'title = " "', "says something"),
        ("[[step]]", "[[step", "TOML"),
    ],
)
def test_a_slip_in_the_file_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = (GUIDE / "steps.toml").read_text("utf-8")
    assert old in text
    changed = tmp_path / "steps.toml"
    changed.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(CatalogueError, match=re.escape(said)):
        read_steps(changed, read_translations(GUIDE))


def test_a_step_that_stands_there_twice_is_named(tmp_path: Path) -> None:
    text = (GUIDE / "steps.toml").read_text("utf-8")
    changed = tmp_path / "steps.toml"
    changed.write_text(text + text[text.index("[[step]]") :], "utf-8")
    with pytest.raises(CatalogueError, match="keys of their own"):
        read_steps(changed, read_translations(GUIDE))


def test_a_translation_that_lacks_a_step_is_named(tmp_path: Path) -> None:
    told = {name: dict(table) for name, table in read_translations(GUIDE).items()}
    told["en"]["paint"] = told["en"]["rules"]
    with pytest.raises(CatalogueError, match="other steps"):
        read_steps(GUIDE / "steps.toml", told)
