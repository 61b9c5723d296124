"""Small files of each format, well formed and malformed, by hand."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from commonwatt.errors import InputError, RecordingError
from commonwatt.recordings.formats import FormatName, read_recording
from commonwatt.recordings.refit import hold_limit_s

PAGE = Path(__file__).parents[2] / "firmware_docs" / "protocol" / "recordings.md"

UCI_HEADER = (
    "Date;Time;Global_active_power;Global_reactive_power;Voltage;Global_intensity;"
    "Sub_metering_1;Sub_metering_2;Sub_metering_3\n"
)
UCI = (
    UCI_HEADER
    + "31/12/2006;23:58:00;0.600;0.1;240;2.6;0;0;0\n"
    + "31/12/2006;23:59:00;1.200;0.1;240;5;0;0;0\n"
    + "1/1/2007;00:00:00;?;?;?;?;?;?;\n"
    + "1/1/2007;00:01:00;0.061;0.1;240;1;0;0;0\n"
    + "1/1/2007;00:02:00;0.061;0.1;240;1;0;0;0\n"
    + "1/1/2007;00:05:00;3;0.1;240;12;0;0;0\n"
)
COMMAS = (
    "index,Date,Time,Global_active_power\n"
    "0,12/1/07,23:59:00,0.6\n"
    "1,13/1/2007,0:00:00,?\n"
    "2,13/1/2007,0:01:00,\n"
    "3,13/1/2007,0:02:00,1.2\n"
)
REFIT = (
    "Time,Unix,Aggregate,Appliance1\n"
    "2015-01-08 00:00:05,1420675205,266,0\n"
    "2015-01-08 00:00:12,1420675212,264,0\n"
    "2015-01-08 00:00:18,1420675218,1000,0\n"
    "2015-01-08 00:00:38,1420675238,263,0\n"
    "2015-01-08 00:00:45,1420675245,263,0\n"
    "2015-01-08 00:00:52,1420675252,263,0\n"
)
POWERS = (
    "end_unix_s,duration_s,power_w\n"
    "1700000060,60,600\n"
    "1700000120,60,\n"
    "1700000180,60,120.5\n"
    "1700000240,60,1e2\n"
)
REGISTERS = (
    "end_unix_s,duration_s,register_wh\n"
    "1700000060,60,100.0004\n"
    "1700000180,60,150\n"
    "1700000240,60,2\n"
)


def utc_s(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def write(folder: Path, text: str, name: str = "home.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_uci_minutes_end_a_minute_later_in_winter_time(tmp_path: Path) -> None:
    (home,) = read_recording(write(tmp_path, UCI))
    assert home.meter_key == "home"
    assert home.end_s.tolist() == [
        utc_s("2006-12-31T23:59:00+01:00"),
        utc_s("2007-01-01T00:00:00+01:00"),
        utc_s("2007-01-01T00:02:00+01:00"),
        utc_s("2007-01-01T00:03:00+01:00"),
        utc_s("2007-01-01T00:06:00+01:00"),
    ]
    assert home.duration_s.tolist() == [60] * 5
    assert home.power_w.tolist() == [600, 1200, 61, 61, 3000]


def test_missing_and_absent_minutes_begin_a_log_and_a_register(tmp_path: Path) -> None:
    (home,) = read_recording(write(tmp_path, UCI))
    assert home.log_index.tolist() == [0, 0, 1, 1, 2]
    # 600 W and 1200 W for a minute are 10 Wh and 20 Wh; 61 W are 1.01666... Wh, and the file's
    # energy so far is rounded once: 30, 31.017, 32.033, 82.033.
    assert home.register_wh.tolist() == [10, 30, 1.017, 2.033, 50]


def test_uci_copy_with_commas_has_two_ways_to_write_a_date(tmp_path: Path) -> None:
    (home,) = read_recording(write(tmp_path, COMMAS))
    assert home.end_s.tolist() == [
        utc_s("2007-01-13T00:00:00+01:00"),
        utc_s("2007-01-13T00:03:00+01:00"),
    ]
    assert home.log_index.tolist() == [0, 1]
    assert home.register_wh.tolist() == [10, 20]


def test_refit_sample_stands_until_the_next_unless_that_is_far(tmp_path: Path) -> None:
    (home,) = read_recording(write(tmp_path, REFIT))
    # Steps 7, 6, 20, 7, 7 s: the median is 7 s, and 20 s is still within three of it.
    assert home.end_s.tolist() == [1420675212, 1420675218, 1420675238, 1420675245, 1420675252]
    assert home.duration_s.tolist() == [7, 6, 20, 7, 7]
    assert home.power_w.tolist() == [266, 264, 1000, 263, 263]
    # 266*7 = 1862 Ws, +264*6 = 3446, +1000*20 = 23446, +1841 = 25287, +1841 = 27128
    assert home.register_wh.tolist() == [0.517, 0.957, 6.513, 7.024, 7.536]
    far = REFIT.replace("1420675238", "1420675240").replace("00:00:38", "00:00:40")
    (home,) = read_recording(write(tmp_path, far))
    # 22 s is more than three times 7 s: the sample before the hole stands for nothing.
    assert home.duration_s.tolist() == [7, 6, 5, 7]
    assert home.log_index.tolist() == [0, 0, 1, 1]
    assert home.register_wh[2] == round(263 * 5 / 3600, 3)


def test_hold_limit_is_three_median_steps_and_at_most_a_minute() -> None:
    assert hold_limit_s(7) == 21
    assert hold_limit_s(30) == 60


def test_generic_powers(tmp_path: Path) -> None:
    (home,) = read_recording(write(tmp_path, POWERS))
    assert home.end_s.tolist() == [1700000060, 1700000180, 1700000240]
    assert home.power_w.tolist() == [600, 120.5, 100]
    assert home.log_index.tolist() == [0, 1, 1]
    # 10 Wh, then 120.5/60 = 2.00833 and 100/60 = 1.66667 more: 12.008 and 13.675 in the file
    assert home.register_wh.tolist() == [10, 2.008, 3.675]


def test_generic_register_bridges_holes_and_a_fall_begins_a_log(tmp_path: Path) -> None:
    (home,) = read_recording(write(tmp_path, REGISTERS))
    assert home.register_wh.tolist() == [100, 150, 2]
    assert home.log_index.tolist() == [0, 0, 1]
    assert np.isnan(home.power_w).all()


def test_sample_block_of_the_page_is_read_as_the_page_says(tmp_path: Path) -> None:
    (block,) = PAGE.read_text(encoding="utf-8").split("```csv\n")[1:]
    homes = read_recording(write(tmp_path, block.split("```")[0]))
    assert [home.meter_key for home in homes] == ["kitchen", "heating"]
    kitchen, heating = homes
    assert kitchen.end_s.tolist() == [
        utc_s("2026-01-30T23:10:00+00:00"),
        utc_s("2026-01-30T23:20:00+00:00"),
    ]
    assert kitchen.register_wh.tolist() == [40, 82.083]
    assert heating.power_w[0] == 1200
    assert np.isnan(heating.power_w[1])
    assert heating.log_index.tolist() == [0, 0]


def test_windows_line_ends_a_byte_mark_and_blank_lines_are_harmless(tmp_path: Path) -> None:
    path = tmp_path / "home.csv"
    path.write_bytes(b"\xef\xbb\xbf" + POWERS.replace("\n", "\r\n").encode() + b"\r\n\r\n")
    (home,) = read_recording(path)
    assert home.end_s.size == 3


@pytest.mark.parametrize("name", ["homes.zip", "homes.tar", "homes.tar.gz"])
def test_archives_hold_one_home_a_file_in_natural_order(tmp_path: Path, name: str) -> None:
    members = {f"day/house_{number}.csv": REFIT.encode() for number in (10, 2, 1)}
    members |= {"day/._house_1.csv": b"shadow", "day/README": b"about"}
    path = tmp_path / name
    if name.endswith("zip"):
        with zipfile.ZipFile(path, "w") as archive:
            for member, data in members.items():
                archive.writestr(member, data)
    else:
        with tarfile.open(path, "w:gz" if name.endswith("gz") else "w") as archive:
            for member, data in members.items():
                header = tarfile.TarInfo(member)
                header.size = len(data)
                archive.addfile(header, io.BytesIO(data))
    homes = read_recording(path)
    assert [home.meter_key for home in homes] == ["house_1", "house_2", "house_10"]


def test_gzip_is_opened_and_its_lines_are_numbered(tmp_path: Path) -> None:
    path = tmp_path / "home.csv.gz"
    path.write_bytes(gzip.compress(POWERS.encode()))
    assert read_recording(path)[0].meter_key == "home"
    path.write_bytes(gzip.compress(POWERS.replace("1e2", "much").encode()))
    with pytest.raises(RecordingError, match="power in W") as caught:
        read_recording(path)
    assert caught.value.line == 5


MALFORMED = [
    pytest.param(UCI.replace("1.200", "1.2OO"), 3, "power in kW", "1.2OO", id="uci-power"),
    pytest.param(UCI.replace("1.200", "-1.2"), 3, "power in kW", "-1.2", id="uci-negative"),
    pytest.param(UCI.replace("1.200", "nan"), 3, "power in kW", "nan", id="uci-nan"),
    pytest.param(UCI.replace("1.200", "1e999"), 3, "power in kW", "1e999", id="uci-infinite"),
    pytest.param(
        UCI.replace("31/12/2006;23:59", "31/13/2006;23:59"), 3, "date", "31/13/2006", id="uci-date"
    ),
    pytest.param(UCI.replace("23:59:00", "24:59:00"), 3, "time", "24:59:00", id="uci-time"),
    pytest.param(
        UCI.replace("1/1/2007;00:05:00;3;0.1;240;12;0;0;0", "1/1/2007;00:05:00;3;0.1"),
        7,
        "9 columns",
        "1/1/2007;00:05:00;3;0.1",
        id="uci-torn",
    ),
    pytest.param(
        UCI.replace("00:05:00", "00:02:00"),
        7,
        "a minute after",
        "1/1/2007 00:02:00",
        id="uci-twice",
    ),
    pytest.param(
        UCI.replace("00:01:00", "00:00:00"),
        5,
        "a minute after",
        "1/1/2007 00:00:00",
        id="uci-twice-after-missing",
    ),
    pytest.param(UCI_HEADER, 1, "at least one measured minute", "none", id="uci-empty"),
    pytest.param(
        REFIT.replace("1420675212", "14206752.5"), 3, "since 1970", "14206752.5", id="refit-time"
    ),
    pytest.param(
        REFIT.replace("1420675212", "1420675212000"),
        3,
        "since 1970",
        "1420675212000",
        id="refit-milliseconds",
    ),
    pytest.param(
        REFIT.replace("1420675212", "1420675205"), 3, "a time after", "1420675205", id="refit-twice"
    ),
    pytest.param(REFIT.replace(",264,", ",,"), 3, "power in W", "", id="refit-missing"),
    pytest.param(REFIT[: REFIT.index("00:00:12") - 11], 2, "two samples", "1", id="refit-one"),
    pytest.param(POWERS.replace(",600", ",6OO"), 2, "power in W", "6OO", id="generic-power"),
    pytest.param(
        POWERS.replace("1700000060,60", "1700000060,0"), 2, "1 to 3600", "0", id="generic-duration"
    ),
    pytest.param(
        POWERS.replace("1700000240,60", "1700000240,61"),
        5,
        "begins at 2023-11-14T22:16:20",
        "less 61 s",
        id="generic-overlap",
    ),
    pytest.param(
        POWERS.replace("power_w", "power_kw"), 1, "each column once", "power_kw", id="generic-unit"
    ),
    pytest.param(
        "end_unix_s,duration_s\n1700000060,60\n", 1, "power_w or register_wh", "end", id="no-power"
    ),
    pytest.param(
        "end_utc,end_unix_s,duration_s,power_w\n", 1, "either end_utc", "end", id="two-clocks"
    ),
    pytest.param(
        REGISTERS.replace("150", ""), 3, "a register in Wh", "", id="generic-register-missing"
    ),
    pytest.param(
        REGISTERS.replace("150", "4294967296"), 3, "a register", "4294967296", id="register-high"
    ),
    pytest.param(
        "end_utc,duration_s,power_w\n2026-01-31T00:10:00,600,1\n",
        2,
        "with its offset",
        "2026-01-31T00:10:00",
        id="generic-zoneless",
    ),
    pytest.param(
        "end_utc,duration_s,power_w,meter\n2026-01-31T00:10:00Z,600,1, \n",
        2,
        "the name of a meter",
        " ",
        id="generic-nameless",
    ),
    pytest.param(
        "datetime,Global_active_power\n2006-12-16,1\n", 1, "header", "datetime", id="unknown"
    ),
    pytest.param("", 1, "header", "", id="empty"),
]


@pytest.mark.parametrize(("text", "line", "expected", "found"), MALFORMED)
def test_malformed_file_names_its_line_and_what_was_expected(
    tmp_path: Path, text: str, line: int, expected: str, found: str
) -> None:
    path = write(tmp_path, text)
    with pytest.raises(RecordingError) as caught:
        read_recording(path)
    assert caught.value.line == line
    assert expected in caught.value.expected
    message = str(caught.value)
    assert message.startswith(f"{path}, line {line}: expected ")
    assert found in message.rpartition("found")[2]


def test_bytes_that_are_no_text_are_a_malformed_line(tmp_path: Path) -> None:
    path = tmp_path / "home.csv"
    path.write_bytes(POWERS.encode().replace(b"120.5", b"\xff\xfe"))
    with pytest.raises(RecordingError) as caught:
        read_recording(path)
    assert caught.value.line == 4


@pytest.mark.parametrize(
    ("wanted", "text"), [("uci", UCI), ("refit", REFIT), ("generic", POWERS)], ids=str.strip
)
def test_format_named_by_the_reader_accepts_no_other(
    tmp_path: Path, wanted: FormatName, text: str
) -> None:
    assert read_recording(write(tmp_path, text), format=wanted)
    other: FormatName = "refit" if wanted == "uci" else "uci"
    with pytest.raises(RecordingError, match=other) as caught:
        read_recording(write(tmp_path, text), format=other)
    assert caught.value.line == 1


def test_archive_names_the_member_that_is_malformed(tmp_path: Path) -> None:
    path = tmp_path / "homes.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("one.csv", REFIT)
        archive.writestr("two.csv", REFIT.replace("264", "x"))
    with pytest.raises(RecordingError, match=r"homes\.zip/two\.csv, line 3"):
        read_recording(path)


def test_two_files_of_one_name_are_not_one_home(tmp_path: Path) -> None:
    path = tmp_path / "homes.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/home.csv", REFIT)
        archive.writestr("b/home.csv", REFIT)
    with pytest.raises(InputError, match="several homes called home"):
        read_recording(path)


def test_absent_torn_and_empty_archives_say_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent\.csv cannot be read"):
        read_recording(tmp_path / "absent.csv")
    torn = tmp_path / "torn.csv.gz"
    torn.write_bytes(gzip.compress(UCI.encode())[:-9])
    with pytest.raises(InputError, match="cannot be read"):
        read_recording(torn)
    hollow = tmp_path / "hollow.zip"
    with zipfile.ZipFile(hollow, "w") as archive:
        archive.writestr("README", "nothing")
    with pytest.raises(InputError, match=r"no \.csv"):
        read_recording(hollow)
