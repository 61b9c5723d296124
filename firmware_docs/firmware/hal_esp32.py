"""The meter's hardware on an ESP32-C3. TO VERIFY: it compiles; it has never run on a board."""

import gc
import os
import random
import socket
import time

import machine
import network
import ntptime
import tls
from meter import lights

_LIGHT_PIN = 10
_SENSOR_PIN = 3
_TIC_PIN = 4
_BUTTON_PIN = 9
_BROWN_OUT = 6  # of machine.reset_cause(); the port gives it no name
_DARK_AT_THRESHOLD = 32768  # of 65535: where the comparator takes light for a flash
_ADC_ADDRESS = 0x48
_ADC_CONTINUOUS = bytes((1, 0x02, 0xE3))  # A0 - A1, 4.096 V, 860 samples a second
_UA_PER_COUNT = 7500  # 4.096 V over 32,768 counts, 60 A a volt
_EPOCH_2000_S = 946_684_800  # MicroPython counts from 2000 on this port
_MOST_WAITING = 64
_ASK_TIME_EVERY_MS = 3_600_000


class Hardware:
    """All that a program needs, as hal_host.Hardware gives it on a computer."""

    is_simulated = False

    def __init__(
        self, wifi_name: str, wifi_password: str, flashes_per_kwh: int, variant: str
    ) -> None:
        self._flashes_per_kwh = flashes_per_kwh
        self._last_ms, self._passed_ms = time.ticks_ms(), 0
        self._seen_us = [0] * _MOST_WAITING
        self._written, self._read = 0, 0
        self._last_us, self._passed_us = time.ticks_us(), 0
        self._asked_ms = -_ASK_TIME_EVERY_MS
        self._is_on_time = False
        self._light = machine.Pin(_LIGHT_PIN, machine.Pin.OUT, value=0)
        self._pattern = 0
        self._button = machine.Pin(_BUTTON_PIN, machine.Pin.IN, machine.Pin.PULL_UP)
        self._watchdog = machine.WDT(timeout=60_000)
        self.random = random.random
        self._wifi = network.WLAN(network.STA_IF)
        self._wifi.active(True)
        self._wifi.connect(wifi_name, wifi_password)
        self._open_head(variant)

    def _open_head(self, variant: str) -> None:
        if variant in {"tic_h", "tic_s"}:
            baud = 1200 if variant == "tic_h" else 9600
            self._uart = machine.UART(1, baud, bits=7, parity=0, stop=1, rx=_TIC_PIN, rxbuf=2048)
        elif variant == "ct":
            self._adc = machine.I2C(0)
            self._adc.writeto(_ADC_ADDRESS, _ADC_CONTINUOUS)
            self._adc.writeto(_ADC_ADDRESS, b"\x00")
        else:
            self._level = machine.ADC(machine.Pin(_SENSOR_PIN))
            sensor = machine.Pin(_SENSOR_PIN, machine.Pin.IN)
            sensor.irq(self._on_flash, machine.Pin.IRQ_RISING)

    def _on_flash(self, _pin: object) -> None:
        """Note a flash; no memory is taken within an interrupt."""
        self._seen_us[self._written % _MOST_WAITING] = time.ticks_us()
        self._written += 1

    def now_ms(self) -> int:
        """Return milliseconds since the start; the board's own counter runs over after some days."""
        ticks = time.ticks_ms()
        self._passed_ms += time.ticks_diff(ticks, self._last_ms)
        self._last_ms = ticks
        return self._passed_ms

    def utc_s(self) -> int:
        """Return what the network's clock says, 0 while it has not been asked with success."""
        now_ms = self.now_ms()
        if not self._is_on_time and now_ms - self._asked_ms >= 10_000 and self._wifi.isconnected():
            self._asked_ms = now_ms
            try:
                ntptime.settime()
                self._is_on_time = True
            except OSError:
                return 0
        return time.time() + _EPOCH_2000_S if self._is_on_time else 0

    def open_file(self, name: str, size: int) -> object:
        """Open a file of the flash; its bytes are 0 when it is new. OSError: there is no room."""
        try:
            if os.stat(name)[6] >= size:
                return open(name, "r+b")
        except OSError:
            pass
        try:
            with open(name, "wb") as file:
                while file.tell() < size:
                    file.write(bytes(32))
        except OSError:
            os.remove(name)
            raise
        return open(name, "r+b")

    def syncer(self, file: object) -> object:
        return file.flush

    def random_bytes(self, count: int) -> bytes:
        return os.urandom(count)

    def wh_per_flash(self) -> tuple:
        return 1000, self._flashes_per_kwh

    def flashes(self, _n: int, _began_ms: int, _now_ms: int) -> list:
        """Return when the light flashed since last asked, in microseconds that never run over."""
        self._read = max(self._read, self._written - _MOST_WAITING)
        seen_us = []
        while self._read < self._written:
            at_us = self._seen_us[self._read % _MOST_WAITING]
            self._passed_us += time.ticks_diff(at_us, self._last_us)
            self._last_us = at_us
            seen_us.append(self._passed_us)
            self._read += 1
        return seen_us

    def dark_percent(self) -> int:
        """Return how near the light between two flashes comes to the threshold."""
        return self._level.read_u16() * 100 // _DARK_AT_THRESHOLD

    def tic_bytes(self, _n: int, _began_ms: int, _now_ms: int) -> bytes:
        return self._uart.read() or b""

    def ua_per_count(self) -> int:
        return _UA_PER_COUNT

    def samples(self, _n: int, _began_ms: int, _now_ms: int) -> list:
        """Return one sample; no voltage is sensed, so a clamp on backwards looks like any other."""
        high, low = self._adc.readfrom(_ADC_ADDRESS, 2)
        count = high << 8 | low
        return [(count - 65536 if count & 0x8000 else count, 0)]

    def begin_bench(self) -> None:
        """The bench is begun by hand."""

    def is_pressed(self) -> bool:
        return not self._button.value()

    def brown_outs(self) -> int:
        return int(machine.reset_cause() == _BROWN_OUT)

    def free_ram_kb(self) -> int:
        gc.collect()
        return gc.mem_free() // 1024

    def rssi_dbm(self) -> int:
        return self._wifi.status("rssi") if self._wifi.isconnected() else -127

    def flash_free_percent(self) -> int:
        told = os.statvfs("/")
        return told[3] * 100 // told[2]

    def network_fault(self) -> str | None:
        """Name why there is no network, where that is known."""
        refused = self._wifi.status() == network.STAT_WRONG_PASSWORD
        return "wifi_password" if refused else None

    def open_line(self, settings: dict) -> object:
        return Line(settings["host"], settings["port"], settings["ca"])

    def fault_of(self, error: OSError) -> str:
        """Name what kept a line from opening; mbedTLS counts its own errors below -0x1000."""
        return "tls" if error.args and error.args[0] < -0x1000 else "no_broker"

    def show_light(self, flashes: int, _fault: str) -> None:
        self._pattern = flashes

    def feed_watchdog(self) -> None:
        """Feed it, and let the light go on with its pattern."""
        self._light.value(lights.is_on(self._pattern, self.now_ms()))
        self._watchdog.feed()


class Line:
    """A socket that does not block once it is open; connecting and the handshake do."""

    def __init__(self, host: str, port: int, ca: str) -> None:
        self._unsent = b""
        self._socket = None
        self._host, self._port, self._ca = host, port, ca

    def is_open(self) -> bool:
        """Open it; OSError says that it cannot be."""
        raw = socket.socket()
        self._socket = raw
        raw.settimeout(10)
        raw.connect(socket.getaddrinfo(self._host, self._port)[0][-1])
        if self._ca:
            context = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
            context.verify_mode = tls.CERT_REQUIRED
            context.load_verify_locations(self._ca.encode())
            self._socket = context.wrap_socket(raw, server_hostname=self._host)
        self._socket.setblocking(False)
        return True

    def read(self) -> bytes | None:
        """Return what came, None if nothing did, nothing at all if the other end is gone."""
        return self._socket.read(2048)

    def write(self, said: bytes) -> None:
        """Send these bytes after those that did not go out before."""
        self._unsent += said
        while self._unsent:
            sent = self._socket.write(self._unsent)
            if not sent:
                return
            self._unsent = self._unsent[sent:]

    def close(self) -> None:
        if self._socket:
            self._socket.close()
