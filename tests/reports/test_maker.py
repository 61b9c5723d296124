"""A maker sees whether a meter lives, and never what it measures."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from commonwatt.access import HouseholdMember, Maker
from commonwatt.errors import AccessError
from commonwatt.reports.maker import MeterProgress, load_meter
from commonwatt.storage import readings
from commonwatt.storage.readings import Refused, Sign
from tests.simulated import START_S, START_UTC, move_in, rows_of, write

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection


def test_a_living_meter(connection: Connection) -> None:
    """Local midnight was at 23:00 UTC; at 12:00 UTC a meter of one minute has sent 780 readings."""
    home = move_in(connection)
    minutes = np.arange(1, 721)
    write(connection, rows_of(home.meter, START_S + 60 * minutes, 1.0 * minutes))
    now_utc = START_UTC + timedelta(hours=12)
    sign = Sign(home.meter.meter_id, now_utc.timestamp(), power_w=400, power_s=now_utc.timestamp())
    readings.see_meters(connection, [sign])
    progress = load_meter(connection, Maker(home.meter.meter_id), now_utc)
    assert (progress.received_today, progress.expected_today) == (720, 780)
    assert progress.last_seen_utc == now_utc
    assert progress.findings == ()
    assert progress.last_refusal is None


def test_a_new_cadence_does_not_make_the_old_one_look_lost(connection: Connection) -> None:
    """From 00:00 to 06:00 in half-hours, then to 12:00 in minutes: only 23:00 to 00:00 is missing."""
    home = move_in(connection)
    slow, fast = np.arange(1, 13), np.arange(1, 361)
    end_s = np.concatenate([START_S + 1800 * slow, START_S + 21_600 + 60 * fast])
    duration_s = np.repeat([1800, 60], [12, 360])
    write(connection, rows_of(home.meter, end_s, np.arange(372.0), duration_s=duration_s))
    progress = load_meter(connection, Maker(home.meter.meter_id), START_UTC + timedelta(hours=12))
    assert (progress.received_today, progress.expected_today) == (372, 372 + 60)


def test_a_meter_never_heard(connection: Connection) -> None:
    home = move_in(connection)
    progress = load_meter(connection, Maker(home.meter.meter_id), START_UTC)
    assert [finding.code for finding in progress.findings] == ["never_heard"]
    assert (progress.received_today, progress.expected_today) == (0, 0)


def test_the_reason_of_the_last_refusal_is_told(connection: Connection) -> None:
    home = move_in(connection)
    for seconds, code in ((0, "malformed_json"), (60, "future_time")):
        refusal = Refused(START_S + seconds, home.meter.meter_id, "t", code, "why", b"")
        readings.put_aside(connection, [refusal])
    progress = load_meter(connection, Maker(home.meter.meter_id), START_UTC)
    assert progress.last_refusal is not None
    assert progress.last_refusal.code == "future_time"


def test_power_that_disagrees_with_the_register_is_noticed(connection: Connection) -> None:
    """The register counts 1 Wh a minute, which is 60 W; a power of 66 W is 10 % too much."""
    home = move_in(connection)
    minutes = np.arange(1, 2 * 1440 + 1)
    power_w = np.where(minutes % 2, 65.0, 67.0)
    write(connection, rows_of(home.meter, START_S + 60 * minutes, 1.0 * minutes, power_w=power_w))
    now_utc = START_UTC + timedelta(days=2)
    progress = load_meter(connection, Maker(home.meter.meter_id), now_utc)
    assert [finding.code for finding in progress.findings] == ["power_disagrees"]


def test_consumption_is_not_in_the_report() -> None:
    names = {field.name for field in fields(MeterProgress)}
    assert not {name for name in names if name.endswith(("_wh", "_kwh", "_w", "_va", "_eur"))}


@pytest.mark.parametrize("viewer", [None, HouseholdMember(1)])
def test_only_its_maker_may_look(connection: Connection, viewer: HouseholdMember | None) -> None:
    home = move_in(connection)
    assert home.meter.meter_id == 1
    with pytest.raises(AccessError):
        load_meter(connection, viewer, START_UTC)
