"""What is said to home automation, how often, and how it is taken back."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from commonwatt.storage import readings
from commonwatt.storage.announcements import begin_announcing, end_announcing
from commonwatt.storage.readings import Sign
from ingest.announce import CONFIG_EVERY_S, EVERY_S, FRESH_S, Announcer
from tests.ingest.payload_pages import PAYLOADS
from tests.simulated import START_S, START_UTC, Home, move_in

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection

NOW_S = START_S + 3600.0
PAGE = (PAYLOADS / "home_assistant_out.md").read_text("utf-8")
SHOWN = "out-0123456789abcdef"


def begun(connection: Connection) -> tuple[Home, str]:
    home = move_in(connection)
    listener = begin_announcing(connection, home.viewer, START_UTC).name
    sign = Sign(home.meter.meter_id, NOW_S, power_w=87.0, power_s=NOW_S)
    readings.see_meters(connection, [sign])
    return home, listener


def test_configurations_come_first_and_every_hour(connection: Connection) -> None:
    _, listener = begun(connection)
    announcer = Announcer()
    first = announcer.words(connection, NOW_S)
    assert [topic for topic, _ in first] == [
        f"homeassistant/sensor/{listener}/power/config",
        f"homeassistant/sensor/{listener}/energy/config",
        f"cw/out/{listener}/availability",
        f"cw/out/{listener}/state",
    ]
    assert announcer.words(connection, NOW_S + EVERY_S - 1) == []
    assert len(announcer.words(connection, NOW_S + EVERY_S)) == 2
    assert len(announcer.words(connection, NOW_S + CONFIG_EVERY_S)) == 4
    assert len(Announcer().words(connection, NOW_S)) == 4


def test_the_page_shows_what_is_said(connection: Connection) -> None:
    home, listener = begun(connection)
    sign = Sign(home.meter.meter_id, NOW_S, power_w=412.0, power_s=NOW_S)
    readings.see_meters(connection, [sign])
    connection.execute("UPDATE announcements SET told_wh = 1234")
    blocks = re.findall(r"`([^`]+/[^`]+)`\n\n```(?:json|text)\n(.*?)\n```", PAGE, re.DOTALL)
    shown = {
        topic.replace(SHOWN, listener): text.replace(SHOWN, listener) for topic, text in blocks
    }
    said = dict(Announcer().words(connection, NOW_S))
    assert set(shown) == set(said)
    for topic, text in shown.items():
        if text == "online":
            assert said[topic] == b"online"
        else:
            assert json.loads(said[topic]) == json.loads(text)


def test_an_old_power_is_not_the_present_one(connection: Connection) -> None:
    begun(connection)
    fresh = dict(Announcer().words(connection, NOW_S + FRESH_S))
    late = dict(Announcer().words(connection, NOW_S + FRESH_S + 1))
    states = [
        json.loads(said)
        for each in (fresh, late)
        for topic, said in each.items()
        if "state" in topic
    ]
    assert states == [{"power_w": 87.0, "energy_kwh": 0.0}, {"power_w": None, "energy_kwh": 0.0}]
    assert b"online" in fresh.values()
    assert b"offline" in late.values()


def test_everything_that_was_kept_is_taken_back(connection: Connection) -> None:
    home, _ = begun(connection)
    announcer = Announcer()
    said = {topic for topic, _ in announcer.words(connection, NOW_S)}
    end_announcing(connection, home.viewer, datetime.now(UTC))
    gone = announcer.words(connection, NOW_S + EVERY_S)
    assert {topic for topic, _ in gone} == said
    assert {payload for _, payload in gone} == {b""}
    assert announcer.words(connection, NOW_S + 2 * EVERY_S) == []
    assert connection.execute("SELECT count(*) FROM announcements").fetchone() == (0,)
