"""What a meter listens with: a light, the utility meter's port, or a clamp."""

from meter import tic
from meter.pulses import PulseCounter, mean_power_w
from meter.rms import Rms

SENSOR_FAULT, LIGHT_SATURATED, TIC_ERRORS = 1, 4, 8
SILENT_AFTER_MS = 10_000
NOTHING_FLOWS_AFTER_MS = 3_600_000
BRIGHT_PERCENT = 50  # of the threshold, with no flash: beyond it, daylight counts as flashes
NOISE_MA = 30
NOMINAL_V = 230
_REGISTERS = (
    ("EAST",),
    ("BASE",),
    ("HCHC", "HCHP"),
    ("EJPHN", "EJPHPM"),
    ("BBRHCJB", "BBRHPJB", "BBRHCJW", "BBRHPJW", "BBRHCJR", "BBRHPJR"),
)


class LightHead:
    """Counts the flashes of a utility meter's light."""

    def __init__(self, worth: tuple, start_mwh: int, bench_key: str) -> None:
        self._counter = PulseCounter(worth[0], worth[1], start_mwh)
        self._dark_ms = 0
        self.fault = None
        self.bench_key = bench_key

    def bench_counts(self) -> tuple:
        """Return flashes counted and ghosts rejected so far."""
        return self._counter.count, self._counter.rejected

    def listen(self, hal: object, n: int, began_ms: int, now_ms: int) -> None:
        for at_us in hal.flashes(n, began_ms, now_ms):
            self._counter.flash(at_us)
        if hal.dark_percent() < BRIGHT_PERCENT:
            self._dark_ms = now_ms
        self.fault = "light_strong" if now_ms - self._dark_ms >= SILENT_AFTER_MS else None

    def register_mwh(self) -> int:
        return self._counter.register_mwh()

    def close(self, energy_mwh: int, d_s: int) -> tuple:
        """End an interval: its power in W and its flags."""
        flags = SENSOR_FAULT | LIGHT_SATURATED if self.fault else 0
        return mean_power_w(energy_mwh, d_s), flags


class TicHead:
    """Reads register and apparent power from the utility meter's port."""

    bench_key = "tic_bench"

    def __init__(self, mode: str) -> None:
        self._reader = tic.Reader(mode)
        self._register_wh = None
        self._read_frames = 0
        self._heard_ms = self._understood_ms = 0
        self.fault = None
        self._begin()

    def _begin(self) -> None:
        self._sum_va = self._frames = 0  # of this interval
        self._good, self._bad = self._reader.good_groups, self._reader.bad_groups

    def listen(self, hal: object, n: int, began_ms: int, now_ms: int) -> None:
        received = hal.tic_bytes(n, began_ms, now_ms)
        if received:
            self._heard_ms = now_ms
        for frame in self._reader.feed(received):
            self._take(frame, now_ms)
        self.fault = self._find_fault(now_ms)

    def bench_counts(self) -> tuple:
        """Return frames read and groups found corrupted so far."""
        return self._read_frames, self._reader.bad_groups

    def _take(self, frame: dict, now_ms: int) -> None:
        self._read_frames += 1
        register_wh, power_va = frame_register_wh(frame), frame_power_va(frame)
        if register_wh is None or power_va is None:
            return
        self._register_wh, self._understood_ms = register_wh, now_ms
        self._sum_va += power_va
        self._frames += 1

    def _find_fault(self, now_ms: int) -> str | None:
        if now_ms - self._understood_ms < SILENT_AFTER_MS:
            return None
        is_silent = now_ms - self._heard_ms >= SILENT_AFTER_MS
        return "tic_silent" if is_silent else "tic_unreadable"

    def register_mwh(self) -> int | None:
        """Return the utility meter's own register; None until a frame told it."""
        return None if self._register_wh is None else self._register_wh * 1000

    def close(self, _energy_mwh: int, _d_s: int) -> tuple | None:
        """End an interval: its mean power in VA and its flags; None if no frame told any."""
        if not self._frames:
            self._begin()
            return None
        good, bad = self._reader.good_groups - self._good, self._reader.bad_groups - self._bad
        flags = TIC_ERRORS if 100 * bad > good + bad else 0
        power_va = (2 * self._sum_va + self._frames) // (2 * self._frames)
        self._begin()
        return power_va, flags


class ClampHead:
    """Measures the current in one conductor; what it calls power is apparent, at a nominal voltage."""

    bench_key = "ct_zero"

    def __init__(self, ua_per_count: int) -> None:
        self._ua_per_count = ua_per_count
        self._flowed_ms = 0
        self.fault = None
        self._begin()

    def _begin(self) -> None:
        self._current, self._agreement = Rms(), 0

    def listen(self, hal: object, n: int, began_ms: int, now_ms: int) -> None:
        """Take samples of current and of a voltage beside it, 0 where no voltage is sensed."""
        for current, voltage in hal.samples(n, began_ms, now_ms):
            self._current.add(current)
            self._agreement += current * voltage
        if self._current_ma() > NOISE_MA:
            self._flowed_ms = now_ms
        self.fault = self._find_fault(now_ms)

    def bench_counts(self) -> tuple:
        """Return the current in mA of this interval so far; there is nothing else to count."""
        return int(self._current_ma() + 0.5), 0

    def _current_ma(self) -> float:
        return self._current.value() * self._ua_per_count / 1000

    def _find_fault(self, now_ms: int) -> str | None:
        if now_ms - self._flowed_ms >= NOTHING_FLOWS_AFTER_MS:
            return "clamp_two_wires"
        if not self._agreement:
            return self.fault if self.fault == "clamp_reversed" else None
        return "clamp_reversed" if self._agreement < 0 else None

    def register_mwh(self) -> int:
        """A clamp knows no energy: the service works it out and says so."""
        return 0

    def close(self, _energy_mwh: int, _d_s: int) -> tuple | None:
        """End an interval: its apparent power in VA and its flags; None without a sample."""
        current_ma, is_sampled = self._current_ma(), self._current.count > 0
        self._begin()
        flags = SENSOR_FAULT if self.fault else 0
        return (int(current_ma * NOMINAL_V / 1000 + 0.5), flags) if is_sampled else None


def frame_register_wh(frame: dict) -> int | None:
    """Add up the registers of a frame's tariffs; None if one of them is missing or no number."""
    for labels in _REGISTERS:
        if any(label in frame for label in labels):
            told = [_number(frame, label) for label in labels]
            return None if None in told else sum(told)
    return None


def frame_power_va(frame: dict) -> int | None:
    """Return the apparent power that a frame tells."""
    return _number(frame, "SINSTS" if "SINSTS" in frame else "PAPP")


def _number(frame: dict, label: str) -> int | None:
    told = frame.get(label, [""])[-1]
    return int(told) if told.isdigit() else None


def make_head(hal: object, variant: str, start_mwh: int) -> object:
    """Return the head of this kind; `sim` is a simulated light."""
    if variant in {tic.HISTORIQUE, tic.STANDARD}:
        return TicHead(variant)
    if variant == "ct":
        return ClampHead(hal.ua_per_count())
    return LightHead(hal.wh_per_flash(), start_mwh, "led_bench" if variant == "led" else "")
