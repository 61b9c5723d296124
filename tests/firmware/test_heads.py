"""Heads of all kinds in the whole program: what they measure, and what bad wiring makes them say."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from commonwatt.registry.selftests import Grade, ToldTest, grade_tests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "firmware_docs" / "firmware"), str(Path(__file__).parent)]

hal_host: Any = importlib.import_module("hal_host")
faux_linky: Any = importlib.import_module("faux_linky")
heads: Any = importlib.import_module("meter.heads")
lights: Any = importlib.import_module("meter.lights")
life: Any = importlib.import_module("life")
program: Any = importlib.import_module("meter.program")
provisioning: Any = importlib.import_module("meter.provisioning")
tic: Any = importlib.import_module("meter.tic")

SEED = 5


class NoChance:
    """Nothing that happens by chance happens."""

    def below(self, bound: int) -> int:
        return bound - 1


class Bench(hal_host.Hardware):  # type: ignore[misc]
    """The host's hardware in simulated time, before a simulated service that hears all it says."""

    def __init__(self, folder: Path, **ills: object) -> None:
        super().__init__(str(folder), SEED, ills.pop("clock_off_s", 0), **ills)
        self.passed_ms = 0
        self.selftests: list[dict[str, Any]] = []
        self.opened: list[Any] = []
        self.service = life.Service(NoChance())
        self.lights: list[str] = []
        self.told: list[dict[str, Any]] = []
        self.readings: list[dict[str, Any]] = []
        self._hear = self.service.hear
        self.service.hear = self._note
        self.service.judge = lambda _boot, _record: 0
        provisioning.write(program.open_settings(self), life.SETTINGS)

    def _note(self, leaf: str, said: dict[str, Any]) -> Any:
        if leaf == "event":
            self.told.append(said)
        if leaf == "selftest":
            self.selftests.append(said)
        if leaf == "readings":
            self.readings += said["r"]
        return self._hear(leaf, said)

    def open_file(self, name: str, size: int) -> Any:
        self.opened.append(super().open_file(name, size))
        return self.opened[-1]

    def syncer(self, _file: object) -> Any:
        return lambda: None

    def now_ms(self) -> int:
        return self.passed_ms

    def utc_s(self) -> int:
        known = self._clock_off_s is not None
        return life.START_S + self.passed_ms // 1000 if known else 0

    def open_line(self, _settings: object) -> Any:
        return life.Line(self.service)

    def fault_of(self, _error: OSError) -> str:
        return "no_broker"

    def show_light(self, _flashes: int, fault: str) -> None:
        self.lights.append(fault)

    def codes(self) -> list[str]:
        return [said["code"] for said in self.told]

    def measured(self) -> list[dict[str, Any]]:
        """Return each record once, as it was said last."""
        by_number = {record["n"]: record for record in self.readings}
        return [by_number[n] for n in sorted(by_number)]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    """Make benches that share a flash; their files are closed at the end."""
    made: list[Bench] = []

    def make_bench(**ills: object) -> Bench:
        made.append(Bench(tmp_path, **ills))
        return made[-1]

    yield make_bench
    for file in [file for bench in made for file in bench.opened]:
        file.close()


def run(bench: Bench, variant: str, seconds: int, meter: Any = None, capacity: int = 64) -> Any:
    meter = meter or program.Program(bench, variant, capacity, 1)
    for _ in range(seconds * 5):
        bench.passed_ms += 200
        bench.service.now_s = life.START_S + bench.passed_ms // 1000
        meter.step()
    return meter


@pytest.mark.parametrize("mode", ["tic_h", "tic_s"])
def test_the_port_is_read_to_the_watt_hour(make: Callable[..., Bench], mode: str) -> None:
    bench = make(mode=mode)
    run(bench, mode, 40)
    records = bench.measured()
    assert len(records) > 20
    assert [record["n"] for record in records] == list(range(1, len(records) + 1))
    for record in records:
        assert record["e_wh"] == bench.register_wh(record["n"])
        assert "p_w" not in record, "apparent power is never called real"
        if record["n"] > 1:
            assert record["s_va"] == 100 * hal_host.flashes_in(SEED, record["n"])
    assert bench.told == []


def test_a_clamp_tells_apparent_power_and_no_energy(make: Callable[..., Bench]) -> None:
    bench = make()
    run(bench, "ct", 40)
    records = [record for record in bench.measured() if record["n"] > 1]
    assert len(records) > 20
    for record in records:
        peak_a = hal_host.flashes_in(SEED, record["n"]) + 1
        assert record["s_va"] == pytest.approx(peak_a / 2**0.5 * 230, rel=0.003)
        assert "e_wh" not in record
    assert bench.told == []


@pytest.mark.parametrize(
    ("variant", "wiring", "code", "after_s"),
    [
        ("tic_h", "silent", "tic_silent", 20),
        ("tic_h", "inverted", "tic_unreadable", 20),
        ("tic_s", "inverted", "tic_unreadable", 20),
        ("sim", "bright", "light_strong", 20),
        ("ct", "two_wires", "clamp_two_wires", 3610),
        ("ct", "reversed", "clamp_reversed", 20),
    ],
)
def test_bad_wiring_is_shown_told_and_taken_back(
    make: Callable[..., Bench], variant: str, wiring: str, code: str, after_s: int
) -> None:
    bench = make(mode=variant, wiring=wiring)
    meter = run(bench, variant, after_s)
    assert bench.codes().count(code) == 1
    assert bench.lights[-1] == code
    bench._wiring = "well"
    run(bench, variant, 30, meter)
    assert bench.codes()[-1] == "well_again"
    assert bench.told[-1]["facts"] == {"fault": code}
    assert bench.lights[-1] == "well"


def test_an_unread_port_makes_no_record_and_its_register_bridges_the_gap(
    make: Callable[..., Bench],
) -> None:
    bench = make(mode="tic_h")
    meter = run(bench, "tic_h", 20)
    before = meter.ring.newest
    bench._wiring = "silent"
    run(bench, "tic_h", 30, meter)
    assert meter.ring.newest <= before + 1, "nothing is invented"
    bench._wiring = "well"
    run(bench, "tic_h", 20, meter)
    assert bench.measured()[-1]["e_wh"] == bench.register_wh(bench.measured()[-1]["n"])


def test_a_full_flash_halves_the_log_keeps_it_and_says_so(make: Callable[..., Bench]) -> None:
    bench = make(flash_bytes=8192)
    meter = run(bench, "sim", 30, capacity=1024)
    assert bench.codes() == ["flash_full"]
    assert bench.lights[-1] == "flash_full"
    log, newest = meter.ring.log, meter.ring.newest
    again = make(flash_bytes=1 << 30)
    meter = run(again, "sim", 1, capacity=1024)
    assert (meter.ring.log, meter.ring.newest >= newest) == (log, True), "nothing held is lost"


def test_a_record_that_cannot_be_written_is_told_and_bridged(make: Callable[..., Bench]) -> None:
    bench = make()
    meter = run(bench, "sim", 5)
    newest = meter.ring.newest
    meter.ring._file = Path("/dev/full").open("r+b", buffering=0)  # noqa: SIM115 - it is the ring's now
    run(bench, "sim", 1, meter)
    meter.ring._file.close()
    assert meter.ring.newest == newest
    assert "flash_full" in bench.lights


def test_a_clock_nobody_sets_is_told_once(make: Callable[..., Bench]) -> None:
    bench = make(clock_off_s=None)
    run(bench, "sim", 30)
    assert bench.codes() == ["clock_unknown", "well_again"]
    assert "clock_unknown" in bench.lights


def test_a_refused_wifi_password_is_shown_and_told_afterwards(make: Callable[..., Bench]) -> None:
    bench = make(wifi_refuses_s=20)
    run(bench, "sim", 60)
    assert bench.lights[:1] == ["wifi_password"]
    assert [said["facts"] for said in bench.told] == [{"fault": "wifi_password"}]


def lines_of(bench: Bench, variant: str, seconds: int = 40) -> dict[str, dict[str, Any]]:
    """Run the self-test in the second life of a meter; return its lines by key."""
    run(bench, variant, 5)
    bench.passed_ms = 0
    meter = program.Program(bench, variant, 64, 1)
    run(bench, variant, 3, meter)
    meter.link.selftest_bench = "bench-2"
    run(bench, variant, seconds, meter)
    [report] = bench.selftests
    assert report["bench"] == "bench-2"
    return {line["k"]: line for line in report["tests"]}


def graded(variant: str, lines: dict[str, dict[str, Any]]) -> dict[str, Grade]:
    told = [ToldTest(key, ok=line["ok"], value=line.get("val")) for key, line in lines.items()]
    return {test.key: test.grade for test in grade_tests(variant, told)}


@pytest.mark.parametrize("variant", ["tic_h", "tic_s", "sim"])
def test_a_sound_meter_passes_its_self_test(make: Callable[..., Bench], variant: str) -> None:
    ends_by_button_and_bench = 40 if variant != "sim" else 20
    found = graded(variant, lines_of(make(mode=variant), variant, ends_by_button_and_bench))
    assert set(found.values()) == {Grade.PASSED}


def test_a_clamp_without_a_known_load_is_told_to_be_incomplete(make: Callable[..., Bench]) -> None:
    found = graded("ct", lines_of(make(wiring="two_wires"), "ct"))
    assert {key for key, grade in found.items() if grade is not Grade.PASSED} == {"ct_ref"}


@pytest.mark.parametrize(
    ("change", "failed"),
    [
        ({"rssi_dbm": lambda: -90}, "wifi"),
        ({"free_ram_kb": lambda: 12}, "ram"),
        ({"brown_outs": lambda: 1}, "supply"),
        ({"flash_free_percent": lambda: 10}, "flash"),
    ],
)
def test_a_board_that_is_not_well_fails_for_the_right_reason(
    make: Callable[..., Bench], change: dict[str, Any], failed: str
) -> None:
    bench = make()
    for name, found in change.items():
        setattr(bench, name, found)
    grades = graded("sim", lines_of(bench, "sim", 20))
    assert [key for key, grade in grades.items() if grade is not Grade.PASSED] == [failed]


def test_a_lost_frame_a_spoilt_group_more_and_no_button_fail(make: Callable[..., Bench]) -> None:
    bench = make(mode="tic_h")
    bench.is_pressed = lambda: False
    whole = bench.tic_bytes
    bench.tic_bytes = lambda n, began, now: whole(n, began, now).replace(b"BASE", b"BASF")
    grades = graded("tic_h", lines_of(bench, "tic_h", 190))
    assert grades["human"] is Grade.FAILED
    assert grades["tic_bench"] is Grade.FAILED


def test_a_report_is_said_again_until_the_broker_has_it(make: Callable[..., Bench]) -> None:
    bench = make()
    meter = run(bench, "sim", 3)
    meter.link.report_selftest(b'{"run": "a"}')
    assert b'"run"' in meter.link._say_report()
    assert meter.link._say_report() == b""
    meter._close(bench.passed_ms, None)
    run(bench, "sim", 20, meter)
    assert bench.selftests == [{"run": "a"}]


def test_a_tariff_whose_group_is_spoilt_makes_no_register() -> None:
    whole = {"HCHC": ["000001000"], "HCHP": ["000002000"]}
    assert heads.frame_register_wh(whole) == 3000
    assert heads.frame_register_wh({"HCHC": ["000001000"]}) is None
    assert heads.frame_register_wh({"PAPP": ["00480"]}) is None


def test_the_wire_carries_every_byte_and_inverted_none_that_can_be_read() -> None:
    sent = faux_linky.frame(tic.HISTORIQUE, 123456, 480)
    assert faux_linky.receive(faux_linky.levels(sent)) == sent
    inverted = faux_linky.receive([1 - level for level in faux_linky.levels(sent)])
    assert inverted
    assert tic.Reader(tic.HISTORIQUE).feed(inverted) == []


@pytest.mark.parametrize("fault", sorted(lights.PATTERNS))
def test_each_fault_has_a_pattern_of_its_own(fault: str) -> None:
    pattern = lights.PATTERNS[fault]
    cycle = [lights.is_on(pattern, 250 * slot) for slot in range(60)]
    others = [
        [lights.is_on(other, 250 * slot) for slot in range(60)]
        for name, other in lights.PATTERNS.items()
        if name != fault
    ]
    assert any(cycle)
    assert cycle not in others
    assert not any(lights.is_on(0, 250 * slot) for slot in range(60))


def test_every_fault_stands_in_the_readme_with_its_flashes() -> None:
    readme = (ROOT / "firmware_docs" / "firmware" / "README.md").read_text("utf-8")
    for fault, pattern in lights.PATTERNS.items():
        shown = f"long + {pattern - lights.LONG}" if pattern > lights.LONG else str(pattern)
        assert f"| {shown} | `{fault}`" in readme


def test_every_event_stands_in_the_protocol() -> None:
    page = (ROOT / "firmware_docs" / "protocol" / "v1.md").read_text("utf-8")
    told = ["was_away", "clock_wrong", "log_overwritten", "well_again"]
    own = [fault for fault, pattern in lights.PATTERNS.items() if pattern > lights.LONG]
    assert all(f"`{code}`" in page for code in told + own)
