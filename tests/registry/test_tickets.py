"""The likely cause of a meter's trouble."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from commonwatt.registry.kits import Stage
from commonwatt.registry.tickets import IMPLAUSIBLE, WATCHED, Cause, Watched, find_cause

NOW_UTC = datetime(2026, 3, 12, 14, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
WELL = Watched(
    stage=Stage.LIVE,
    since_utc=NOW_UTC - 500 * HOUR,
    last_seen_utc=NOW_UTC - HOUR / 60,
    last_reading_utc=NOW_UTC - HOUR / 60,
    refused_code=None,
    refused_utc=None,
    poor_wifi=False,
)


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({}, None),
        ({"last_seen_utc": NOW_UTC - 24 * HOUR, "last_reading_utc": NOW_UTC - 24 * HOUR}, None),
        ({"last_seen_utc": NOW_UTC - 25 * HOUR}, Cause.POWER),
        ({"last_seen_utc": NOW_UTC - 25 * HOUR, "poor_wifi": True}, Cause.WIFI),
        ({"last_seen_utc": None, "last_reading_utc": None}, Cause.POWER),
        ({"last_reading_utc": NOW_UTC - 25 * HOUR}, Cause.HEAD),
        ({"last_reading_utc": None}, Cause.HEAD),
        ({"last_seen_utc": None, "since_utc": NOW_UTC - 23 * HOUR}, None),
        ({"refused_code": "register_absurd", "refused_utc": NOW_UTC}, Cause.HEAD),
        ({"refused_code": "future_time", "refused_utc": NOW_UTC}, Cause.CLOCK),
        ({"refused_code": "wrong_shape", "refused_utc": NOW_UTC}, Cause.FIRMWARE),
        ({"refused_code": "power_absurd", "refused_utc": NOW_UTC - 2 * HOUR}, None),
        ({"refused_code": "database_refused", "refused_utc": NOW_UTC}, None),
    ],
)
def test_the_likely_cause(changes: dict[str, object], cause: Cause | None) -> None:
    assert find_cause(replace(WELL, **changes), NOW_UTC) is cause  # type: ignore[arg-type]


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage not in WATCHED])
def test_a_meter_in_a_box_is_nobodys_concern(stage: Stage) -> None:
    mute = replace(WELL, stage=stage, last_seen_utc=None, last_reading_utc=None)
    assert find_cause(mute, NOW_UTC) is None


def test_live_and_silent_follow_the_signs() -> None:
    claimed = replace(WELL, stage=Stage.CLAIMED)
    assert claimed.stage_by_signs(NOW_UTC) is Stage.LIVE
    assert replace(claimed, last_reading_utc=None).stage_by_signs(NOW_UTC) is Stage.CLAIMED
    before = replace(claimed, last_reading_utc=claimed.since_utc)
    assert before.stage_by_signs(NOW_UTC) is Stage.CLAIMED
    mute = replace(WELL, last_seen_utc=NOW_UTC - 25 * HOUR, last_reading_utc=NOW_UTC - 25 * HOUR)
    assert mute.stage_by_signs(NOW_UTC) is Stage.SILENT
    assert replace(WELL, stage=Stage.SILENT).stage_by_signs(NOW_UTC) is Stage.LIVE


def test_no_cause_is_unused() -> None:
    assert {*IMPLAUSIBLE.values(), Cause.POWER, Cause.WIFI} == set(Cause)
