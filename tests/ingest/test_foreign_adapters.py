"""What every adapter of another maker's language promises, whatever it is told."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonwatt.core.energy import spans_of
from commonwatt.core.series import REGISTER, ReadingSeries
from commonwatt.errors import PayloadError
from commonwatt.model import NO_LOG
from ingest import validate
from ingest.adapters import (
    esphome,
    homie,
    shelly_gen1,
    shelly_gen2,
    tasmota,
    teleinfo2mqtt,
    tic_frames,
    values,
    vzlogger,
    zigbee2mqtt,
)
from ingest.adapters.message import Telegram
from tests.ingest.payload_pages import START_S, read_conversations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonwatt.model import Reading
    from ingest.adapters.message import Memory, Message
    from tests.ingest.payload_pages import Parse

LANGUAGES: dict[str, Parse] = {
    "shelly_gen1": shelly_gen1.parse,
    "shelly_gen2": shelly_gen2.parse,
    "zigbee2mqtt": zigbee2mqtt.parse,
    "esphome": esphome.parse,
    "vzlogger": vzlogger.parse,
    "homie": homie.parse,
    "tasmota": tasmota.parse,
    "teleinfo2mqtt": teleinfo2mqtt.parse,
    "tic_frames": tic_frames.parse,
}
SAID = {
    name: [step.telegram for each in read_conversations(name) for step in each.steps]
    for name in LANGUAGES
}
SETTINGS: list[dict[str, Any]] = [
    {},
    {"channels": [0]},
    {"channels": ["mains", "sensor/x/state"]},
    {"channels": 7},
    {"units": {"x": "W", "main/power": "kWh"}},
    {"units": {"x": "furlong"}},
    {"units": [1]},
    {"obis": {"chn0": "1-0:1.8.0"}},
    {"obis": 1},
    {"assembly": 1, "description": [], "discovery": {}, "announced": "", "fields": 1, "family": 2},
]
LOCALES = Path(__file__).parents[2] / "dashboards" / "locales"
CODES = set(
    re.findall(r'msgid "refusal\.(\w+)"', (LOCALES / "en" / "messages.po").read_text("utf-8"))
)

ODD: list[Any] = [None, True, 7, -1e308, 10**400, float("nan"), "7", "", [], [1], {}, {"a": []}]

_scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**400), 10**400)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["W", "kWh", "1-0:1.8.0", "online", "NotifyStatus", "a/sensor/x/state"])
)
_WORDS = """
    method params ts em:0 emdata:0 em1:0 em1data:1 switch:0 sys uptime total_act a_act_power
    act_power apower aenergy total energy power last_seen power_phase_b state nodes main
    properties unit stat_t unit_of_meas dev_cla stat_cla cmps p name ~ value timestamp
"""
_keys = st.sampled_from(_WORDS.split()) | st.text(max_size=4)
_json = st.recursive(
    _scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=5)
)
_payloads = st.binary(max_size=40) | _json.map(lambda each: json.dumps(each).encode())


def hear(language: str, telegram: Telegram, memory: Memory) -> Message | str:
    """The message, or the code of the reason why there is none."""
    try:
        return LANGUAGES[language](telegram, memory)
    except PayloadError as error:
        return error.code


@pytest.mark.parametrize("language", LANGUAGES)
@settings(max_examples=120, deadline=None, derandomize=True)
@given(data=st.data())
def test_nothing_but_a_reason_is_ever_raised(language: str, data: st.DataObject) -> None:
    subtopics = sorted({told.subtopic for told in SAID[language]})
    memory: Memory = dict(data.draw(st.sampled_from(SETTINGS)))
    at_s = float(START_S)
    for _ in range(data.draw(st.integers(1, 8))):
        at_s += data.draw(st.sampled_from([0.0, 1.5, 30.0, 95.0, -40.0, -9000.0]))
        subtopic = data.draw(st.sampled_from(subtopics) | st.text(max_size=12))
        telegram = Telegram(subtopic, data.draw(_payloads), at_s, data.draw(st.booleans()))
        check_message(hear(language, telegram, memory))


def check_message(heard: Message | str) -> None:
    """A known reason, or a message without a name and with numbers that are numbers."""
    if isinstance(heard, str):
        assert heard in CODES
        return
    assert (heard.serial, heard.faulty, len(heard.readings) <= 1) == ("", (), True)
    told = [heard.live.power_w] if heard.live else []
    for reading in heard.readings:
        assert 1 <= reading.duration_s <= 300
        told += [reading.register_wh or 0.0, reading.power_w or 0.0, reading.apparent_va or 0.0]
    assert all(math.isfinite(value) for value in told)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_value_of_a_page_in_pieces_is_no_surprise(language: str) -> None:
    """Each example cut short, at each length: understood otherwise or refused, never more."""
    for told in SAID[language]:
        for length in range(len(told.payload)):
            telegram = Telegram(told.subtopic, told.payload[:length], told.received_s)
            check_message(hear(language, telegram, {}))


def spoil(value: Any) -> Iterator[Any]:
    """The same with each part of it, one at a time, put in another form."""
    yield from ODD
    if isinstance(value, dict):
        for key in value:
            yield from ({**value, key: odd} for odd in spoil(value[key]))
            yield {each: value[each] for each in value if each != key}


@pytest.mark.parametrize("language", LANGUAGES)
def test_any_part_of_an_example_may_have_another_form(language: str) -> None:
    for conversation in read_conversations(language):
        for step in conversation.steps:
            told = step.telegram
            if not told.payload.startswith(b"{"):
                continue
            for odd in spoil(json.loads(told.payload)):
                telegram = Telegram(told.subtopic, json.dumps(odd).encode(), told.received_s)
                check_message(hear(language, telegram, dict(conversation.settings)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_retained_values_are_never_measured(language: str) -> None:
    conversations = read_conversations(language)
    for conversation in conversations:
        memory: Memory = dict(conversation.settings)
        for step in conversation.steps:
            told = step.telegram
            again = Telegram(told.subtopic, told.payload, told.received_s, retained=True)
            heard = hear(language, again, memory)
            assert not isinstance(heard, str), told.subtopic
            assert (heard.readings, heard.live) == ((), None)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_too_large_is_refused(language: str) -> None:
    for told in SAID[language]:
        huge = Telegram(told.subtopic, b" " * 16_385, told.received_s)
        with pytest.raises(PayloadError) as raised:
            LANGUAGES[language](huge, {})
        assert raised.value.code == "too_large"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_reason_and_no_memory_quotes_who_it_is(language: str) -> None:
    """Not a text nor a number in an example, nor a payload; topics are no secret, `stat_t` is one."""
    private = ("021528603314", "a-person")
    for told in SAID[language]:
        bodies = [b"021528603314", b'"a-person"', b"{'a-person"]
        if told.payload.lstrip().startswith(b"{"):
            text = told.payload.decode()
            bodies.append(re.sub(r'(?<!stat_t)": ?"[^"]*"', '":"a-person"', text).encode())
            bodies.append(re.sub(r'": ?[0-9.]+', '":"021528603314"', text).encode())
        for body in bodies:
            memory: Memory = {}
            try:
                message = LANGUAGES[language](Telegram(told.subtopic, body, START_S), memory)
                seen = repr([each.detail for each in message.faulty])
            except PayloadError as error:
                seen = error.detail
            kept = repr(memory) if told.payload.lstrip().startswith(b"{") else ""
            assert not any(word in seen + kept for word in private), told.subtopic


def test_the_limits_are_those_of_the_judge() -> None:
    assert values.MAX_WH == validate.MAX_REGISTER_WH
    assert values.MAX_W == validate.MAX_POWER_W
    assert values.MAX_AHEAD_S == validate.MAX_FUTURE_S


@pytest.mark.parametrize("code", ["unknown_unit", "unclear_channels"])
@pytest.mark.parametrize("locale", ["fr", "en"])
def test_new_reasons_have_their_words(code: str, locale: str) -> None:
    text = (LOCALES / locale / "messages.po").read_text("utf-8")
    assert f'msgid "refusal.{code}"' in text
    assert f'msgid "advice.{code}"' in text


@pytest.mark.parametrize(
    ("payload", "value"),
    [(b"346", 346.0), (b" 64541.0\n", 64541.0), (b"-44", -44.0), (b".5", 0.5), (b"1e3", 1000.0)],
)
def test_bare_numbers(payload: bytes, value: float) -> None:
    assert values.bare_number(payload, "x") == value


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"NaN", "not_finite"),
        (b"-inf", "not_finite"),
        (b"unavailable", "not_finite"),
        (b"", "not_finite"),
        (b"1e999", "not_finite"),
        (b"1,5", "wrong_shape"),
        (b"1_000", "wrong_shape"),
        ("١٢".encode(), "wrong_shape"),
        (b"0x10", "wrong_shape"),
        (b"12 W", "wrong_shape"),
        (b"\xff", "wrong_shape"),
    ],
)
def test_what_is_no_bare_number(payload: bytes, code: str) -> None:
    with pytest.raises(PayloadError) as raised:
        values.bare_number(payload, "x")
    assert raised.value.code == code


@pytest.mark.parametrize(
    ("told_s", "believed"),
    [
        (START_S - 5.5, True),
        (START_S + 600, True),
        (START_S + 601, False),
        (START_S - 30 * 86_400 + 1, True),
        (START_S - 30 * 86_400 - 1, False),
        (0.0, False),
        (float("nan"), False),
        (None, False),
    ],
)
def test_a_clock_is_believed_if_it_is_near_ours(told_s: float | None, *, believed: bool) -> None:
    expected = int(told_s) if believed and told_s is not None else START_S
    assert values.trusted_time_s(told_s, START_S + 0.4) == expected


@settings(max_examples=60, deadline=None, derandomize=True)
@given(data=st.data())
def test_a_sum_over_phases_never_falls_and_is_never_one_in_part(data: st.DataObject) -> None:
    """Whatever is lost on the way: each register lies between the home's last two rounds or older.

    Phase k begins at 10**(k + 4) Wh, so that a sum with a phase missing would be far off.
    """
    memory: Memory = {"channels": [0, 1, 2]}
    phases_wh = [10_000.0, 100_000.0, 1_000_000.0]
    found: list[float] = []
    for round_no in range(data.draw(st.integers(2, 12))):
        for phase in range(3):
            phases_wh[phase] += data.draw(st.integers(0, 9))
            if data.draw(st.integers(0, 3)) == 0:
                continue
            telegram = Telegram(
                f"emeter/{phase}/total", str(phases_wh[phase]).encode(), START_S + 30 * round_no
            )
            message = shelly_gen1.parse(telegram, memory)
            found += [r.register_wh for r in message.readings if r.register_wh is not None]
    assert found == sorted(found)
    assert all(1_110_000 <= register_wh <= sum(phases_wh) for register_wh in found)


def test_the_energy_of_a_day_said_in_both_ways_is_that_of_the_register() -> None:
    """A Shelly that says everything twice, with power in between: the core reads off 24 x 60 Wh."""
    memory: Memory = {"channels": [0]}
    readings: list[Reading] = []
    for minute in range(1441):
        at_s = START_S + 60 * minute
        told = {"em1data:0": {"total_act_energy": 5000.0 + minute}, "em1:0": {"act_power": 80.0}}
        frame = {"method": "NotifyStatus", "params": told | {"ts": at_s + 0.2}}
        for subtopic, body, late_s in [
            ("status/em1:0", told["em1:0"], 0.0),
            ("status/em1data:0", told["em1data:0"], 0.0),
            ("events/rpc", frame, 0.3),
            ("status/em1:0", told["em1:0"], 25.0),
        ]:
            telegram = Telegram(subtopic, json.dumps(body).encode(), at_s + late_s)
            readings += shelly_gen2.parse(telegram, memory).readings
    series = ReadingSeries(
        end_s=np.array([reading.end_s for reading in readings], np.float64),
        duration_s=np.array([reading.duration_s for reading in readings], np.float64),
        register_wh=np.array([reading.register_wh for reading in readings], np.float64),
        power_w=np.array([reading.power_w for reading in readings], np.float64),
        log=np.full(len(readings), NO_LOG, np.int64),
        boot=np.full(len(readings), 1, np.int64),
        n=np.full(len(readings), 0, np.int64),
    )
    spans = spans_of(series, zero_based=False, p_max_w=36_000.0)
    # The first reading has only its power: 80 W for a minute are 80 / 60 Wh.
    assert spans.energy_wh.sum() == pytest.approx(1440 + 80 / 60)
    assert (spans.source[1:] == REGISTER).all()
