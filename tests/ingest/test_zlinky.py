"""ZLinky by Zigbee2MQTT: the page's examples, and every trap by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ingest.adapters import redacted
from ingest.adapters.secrecy import masked
from ingest.adapters.zlinky import FALLS, WHOLE_NUMBERS, parse
from tests.ingest.payload_pages import check_page, say

if TYPE_CHECKING:
    from ingest.adapters.message import Memory

NAMED: dict[str, object] = {"channels": ["linky"]}
TEMPO = {f"current_tier{number}_summ_delivered": 100.5 * number for number in range(1, 7)}


def tell(memory: Memory, at_s: int, **values: object) -> dict[str, Any]:
    return say(parse, memory, at_s, "linky", values)


def base(memory: Memory, at_s: int, total: object) -> dict[str, Any]:
    return tell(memory, at_s, current_tarif="BASE", current_summ_delivered=total)


def test_the_page_is_what_the_adapter_says() -> None:
    check_page("zlinky", parse)


@pytest.mark.parametrize(
    ("contract", "values", "kwh"),
    [
        ("BASE", {"current_summ_delivered": 812.25}, 812.25),
        (
            "HC..",
            {
                "current_summ_delivered": 0,
                "current_tier1_summ_delivered": 1.5,
                "current_tier2_summ_delivered": 2,
            },
            3.5,
        ),
        ("EJP.", {"current_tier1_summ_delivered": 10.25, "current_tier2_summ_delivered": 0}, 10.25),
        ("BBR(", TEMPO, 100.5 * 21),
    ],
)
def test_each_contract_adds_its_own_registers(
    contract: str, values: dict[str, object], kwh: float
) -> None:
    found = tell(dict(NAMED), 0, current_tarif=contract, **values)
    assert found["reading"]["register_wh"] == 1000 * kwh


def test_a_register_that_is_missing_makes_no_sum() -> None:
    for missing in TEMPO:
        values = {name: value for name, value in TEMPO.items() if name != missing}
        assert tell(dict(NAMED), 0, current_tarif="BBRx", **values) == {}
        assert tell(dict(NAMED), 0, current_tarif="BBRx", **values, **{missing: None}) == {}


def test_the_contract_is_remembered() -> None:
    memory = dict(NAMED)
    tell(memory, 0, current_tarif="HC..", apparent_power=5)
    found = tell(memory, 60, current_tier1_summ_delivered=1.5, current_tier2_summ_delivered=2.5)
    assert found["reading"]["register_wh"] == 4000.0


def test_without_a_known_contract_registers_say_nothing() -> None:
    assert tell(dict(NAMED), 0, current_tarif="XYZ", current_tier1_summ_delivered=1.5) == {}
    assert tell(dict(NAMED), 0, current_tier1_summ_delivered=1.5) == {}


def test_whole_numbers_are_watt_hours_once_they_have_changed_often_enough() -> None:
    memory = dict(NAMED)
    for number in range(WHOLE_NUMBERS - 1):
        for _ in range(3):
            assert base(memory, 60 * number, 500_000 + number) == {}
    found = base(memory, 600, 500_100)
    assert found["reading"]["register_wh"] == 500_100.0


def test_one_fraction_settles_it_for_good() -> None:
    memory = dict(NAMED)
    assert base(memory, 0, 500) == {}
    assert base(memory, 60, 500.25)["reading"]["register_wh"] == 500_250.0
    assert base(memory, 120, 501)["reading"]["register_wh"] == 501_000.0


def test_a_converter_that_is_renewed_goes_on_where_it_was() -> None:
    memory = dict(NAMED)
    assert base(memory, 0, 12_594_680)["reading"]["register_wh"] == 12_594_680.0
    assert base(memory, 60, 12_594.681)["reading"]["register_wh"] == 12_594_681.0


def test_a_unit_may_be_set() -> None:
    assert base({**NAMED, "unit": "Wh"}, 0, 500)["reading"]["register_wh"] == 500.0
    assert base({**NAMED, "unit": "kWh"}, 0, 500)["reading"]["register_wh"] == 500_000.0
    assert base({**NAMED, "unit": "MWh"}, 0, 500) == {"refused": "wrong_shape"}


def test_a_misread_zero_is_refused_and_the_next_one_is_used() -> None:
    memory = dict(NAMED)
    pair = {"current_tarif": "HC..", "current_tier1_summ_delivered": 3933.638}
    tell(memory, 0, **pair, current_tier2_summ_delivered=3358.982)
    assert tell(memory, 60, **pair, current_tier2_summ_delivered=0) == {
        "refused": "register_absurd"
    }
    found = tell(memory, 120, **pair, current_tier2_summ_delivered=3359.0)
    assert found["reading"]["register_wh"] == pytest.approx(7_292_638)
    assert "boot" not in found["reading"]


def test_a_register_that_stays_lower_is_another_meter_s() -> None:
    memory = dict(NAMED)
    base(memory, 0, 9000.5)
    for number in range(1, FALLS):
        assert base(memory, 60 * number, 3.25) == {"refused": "register_absurd"}
    assert base(memory, 60 * FALLS, 3.5)["reading"]["register_wh"] == 3500.0


@pytest.mark.parametrize("value", ["12", True, [1], {"x": 1}])
def test_a_register_of_another_shape_is_refused(value: object) -> None:
    assert base(dict(NAMED), 0, value) == {"refused": "wrong_shape"}


def test_real_power_is_never_made_of_what_the_module_calls_active() -> None:
    found = tell(dict(NAMED), 0, current_tarif="BASE", current_summ_delivered=1.5, active_power=0)
    assert found == {"reading": {"end_s": 0, "duration_s": 300, "register_wh": 1500.0}}


def test_commands_bridge_and_retained_states_measure_nothing() -> None:
    memory = dict(NAMED)
    for subtopic in ("linky/set", "linky/get", "bridge/state"):
        assert say(parse, memory, 0, subtopic, {"current_summ_delivered": 5.5}) == {}
    assert say(parse, memory, 0, "linky", {"current_summ_delivered": 5.5}, retained=True) == {}


@pytest.mark.parametrize("name", ["meter_serial_number", "site_id", "serial_number"])
def test_names_of_meter_and_delivery_point_are_masked(name: str) -> None:
    """Also short ones, as a text or as a number."""
    for told in (b'"032361061720"', b'"21"', b"21", b'"ABC 12"'):
        payload = b'{"apparent_power":5,"' + name.encode() + b'":' + told + b',"rest":7}'
        for kept in (masked(payload), redacted("zlinky", payload)):
            assert told.strip(b'"') not in kept
            assert b'"apparent_power":5' in kept
            assert b'"rest":7' in kept
