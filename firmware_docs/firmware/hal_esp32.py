"""The meter's hardware on an ESP32-C3. TO VERIFY: it compiles; it has never run on a board."""

import os
import random
import socket
import time

import machine
import network
import ntptime
import tls

_LIGHT_PIN = 10
_SENSOR_PIN = 3
_EPOCH_2000_S = 946_684_800  # MicroPython counts from 2000 on this port
_MOST_WAITING = 64
_ASK_TIME_EVERY_MS = 3_600_000


class Hardware:
    """All that a program needs, as hal_host.Hardware gives it on a computer."""

    def __init__(self, wifi_name: str, wifi_password: str, flashes_per_kwh: int) -> None:
        self._flashes_per_kwh = flashes_per_kwh
        self._last_ms, self._passed_ms = time.ticks_ms(), 0
        self._seen_us = [0] * _MOST_WAITING
        self._written, self._read = 0, 0
        self._last_us, self._passed_us = time.ticks_us(), 0
        self._asked_ms = -_ASK_TIME_EVERY_MS
        self._is_on_time = False
        self._light = machine.PWM(machine.Pin(_LIGHT_PIN), freq=1, duty_u16=0)
        self._watchdog = machine.WDT(timeout=60_000)
        self.random = random.random
        self._wifi = network.WLAN(network.STA_IF)
        self._wifi.active(True)
        self._wifi.connect(wifi_name, wifi_password)
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
        """Open a file of the flash; its bytes are 0 when it is new."""
        try:
            if os.stat(name)[6] >= size:
                return open(name, "r+b")
        except OSError:
            pass
        with open(name, "wb") as file:
            while file.tell() < size:
                file.write(bytes(32))
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

    def open_line(self, settings: dict) -> object:
        return Line(settings["host"], settings["port"], settings["ca"])

    def fault_of(self, error: OSError) -> str:
        """Name what kept a line from opening; mbedTLS counts its own errors below -0x1000."""
        return "tls" if error.args and error.args[0] < -0x1000 else "no_broker"

    def show_light(self, flashes: int, _fault: str) -> None:
        """Flash so fast that a second holds as many; 0 is dark."""
        self._light.duty_u16(8192 if flashes else 0)
        if flashes:
            self._light.freq(flashes)

    def feed_watchdog(self) -> None:
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
