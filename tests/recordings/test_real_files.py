"""The real recordings beside the repository: counts, energy, logs and holes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from commonwatt.recordings.formats import read_recording

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonwatt.recordings.recording import Recording

DATA = Path(__file__).parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="no recordings beside the repository")


def energy_wh(home: Recording) -> float:
    last = np.append(home.log_first[1:] - 1, home.end_s.size - 1)
    return float(home.register_wh[last].sum())


def holes_s(home: Recording) -> NDArray[np.int64]:
    return home.start_s[1:] - home.end_s[:-1]


@pytest.fixture(scope="module")
def sceaux() -> Recording:
    (home,) = read_recording(DATA / "uci-sceaux-2007h1-minute.zip")
    return home


def test_half_a_year_in_sceaux(sceaux: Recording) -> None:
    assert sceaux.end_s.size == 256_869
    assert energy_wh(sceaux) == pytest.approx(4_987_268.433, abs=0.0006)
    half_year_s = int(sceaux.end_s[-1] - sceaux.start_s[0])
    assert half_year_s // 60 == 260_640
    assert int(holes_s(sceaux).sum()) // 60 == 3771


def test_energy_of_each_month_in_sceaux(sceaux: Recording) -> None:
    winter_time_s = sceaux.start_s + 3600
    month = winter_time_s.astype("datetime64[s]").astype("datetime64[M]").astype(int) % 12
    energy_kwh = np.bincount(month, sceaux.power_w / 60_000)
    expected_kwh = [1150.1977, 941.481433, 981.036533, 586.357767, 733.4812, 594.7138]
    assert energy_kwh == pytest.approx(expected_kwh, abs=1e-6)


def test_holes_in_sceaux(sceaux: Recording) -> None:
    holes = holes_s(sceaux)
    assert sceaux.log_first.size == 14
    assert int((holes > 0).sum()) == 13
    longest = int(holes.argmax())
    assert holes[longest] == 3723 * 60
    began = datetime.fromtimestamp(int(sceaux.end_s[longest]) + 3600, UTC)
    assert f"{began:%Y-%m-%d %H:%M}" == "2007-04-28 00:21"


def test_each_log_in_sceaux_counts_from_zero(sceaux: Recording) -> None:
    first_wh = sceaux.register_wh[sceaux.log_first]
    assert first_wh == pytest.approx(sceaux.power_w[sceaux.log_first] / 60, abs=0.0011)


@pytest.fixture(scope="module")
def refit() -> dict[str, Recording]:
    homes = read_recording(DATA / "refit-one-day-20-homes.tar")
    return {home.meter_key: home for home in homes}


def test_twenty_homes_of_refit(refit: dict[str, Recording]) -> None:
    assert len(refit) == 20
    assert list(refit)[:2] == ["house_1_day", "house_2_day"]
    assert sum(home.end_s.size for home in refit.values()) == 251_310
    assert energy_wh(refit["house_1_day"]) == pytest.approx(11_485.315, abs=0.0006)


def test_holes_of_refit(refit: dict[str, Recording]) -> None:
    logs = {key: home.log_first.size for key, home in refit.items() if home.log_first.size > 1}
    assert logs == {
        "house_5_day": 9,
        "house_6_day": 2,
        "house_10_day": 2,
        "house_12_day": 3,
        "house_13_day": 6,
        "house_16_day": 3,
    }
    assert max(int(holes_s(home).max()) for home in refit.values()) == 713


def test_energy_of_refit_depends_on_how_long_a_sample_may_stand(
    refit: dict[str, Recording], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fixed minute gives the published 222 446.021 Wh; three usual steps are stricter."""
    assert sum(map(energy_wh, refit.values())) == pytest.approx(222_347.735, abs=0.01)
    monkeypatch.setattr("commonwatt.recordings.refit.hold_limit_s", lambda _: 60)
    patient = read_recording(DATA / "refit-one-day-20-homes.tar")
    assert sum(map(energy_wh, patient)) == pytest.approx(222_446.021, abs=0.01)
