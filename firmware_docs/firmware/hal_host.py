"""The meter's hardware on a computer: files for flash, a simulated light, sockets with or without TLS."""

import binascii
import errno
import os
import random
import socket
import ssl
import struct
import time

import faux_linky

MOST_FLASHES = 3  # an interval; at 1 s that is at most 10.8 kW
_CHUNK_BYTES = 4096


WIRINGS = ("well", "silent", "inverted", "bright", "two_wires", "reversed")


def flashes_in(seed: int, n: int) -> int:
    """Return how often the light flashes in the interval of record n: known without running anything."""
    return binascii.crc32(struct.pack("<II", seed, n)) % (MOST_FLASHES + 1) if n > 1 else 0


class Hardware:
    """All that a program needs; `clock_off_s` is how wrong its clock is, None if it has none."""

    is_simulated = True

    def __init__(self, folder: str, seed: int, clock_off_s: int | None, **ills: object) -> None:
        self._folder = folder
        self._wiring = ills.get("wiring", "well")
        self._flash_bytes = ills.get("flash_bytes", 1 << 30)
        self._wifi_refuses_s = ills.get("wifi_refuses_s", 0)
        self._mode = ills.get("mode", "tic_h")
        self._told_frames, self._open = 0, None
        self._bench_left = 0
        self._seed = seed
        self._clock_off_s = clock_off_s
        self._started_s = time.monotonic()
        self._interval, self._flashed = 0, 0
        self.random = random.SystemRandom().random

    def now_ms(self) -> int:
        """Return milliseconds since the start; never fewer than before."""
        return int((time.monotonic() - self._started_s) * 1000)

    def utc_s(self) -> int:
        """Return what the network's clock says, 0 if there is none."""
        return 0 if self._clock_off_s is None else int(time.time()) + self._clock_off_s

    def open_file(self, name: str, size: int) -> object:
        """Open a file of the flash; its bytes are 0 when it is new. OSError: there is no room."""
        if size > self._flash_bytes:
            raise OSError(errno.ENOSPC, name)
        descriptor = os.open(os.path.join(self._folder, name), os.O_RDWR | os.O_CREAT, 0o600)
        file = os.fdopen(descriptor, "r+b", buffering=0)
        if os.fstat(descriptor).st_size < size:
            file.truncate(size)
        return file

    def syncer(self, file: object) -> object:
        return lambda: os.fsync(file.fileno())

    def random_bytes(self, count: int) -> bytes:
        return os.urandom(count)

    def wh_per_flash(self) -> tuple:
        return 1, 1

    def flashes(self, n: int, began_ms: int, now_ms: int) -> list:
        """Return when the light flashed since last asked, in microseconds; n is the open interval."""
        if n != self._interval:
            self._interval, self._flashed = n, 0
        wanted = flashes_in(self._seed, n)
        seen_us = []
        while self._flashed < wanted and began_ms + 200 * (self._flashed + 1) <= now_ms:
            self._flashed += 1
            seen_us.append((began_ms + 200 * self._flashed) * 1000)
        return seen_us

    def dark_percent(self) -> int:
        """Return how near the light between two flashes comes to the threshold."""
        return 80 if self._wiring == "bright" else 5

    def tic_bytes(self, n: int, began_ms: int, now_ms: int) -> bytes:
        """Return what the serial port made of a simulated utility meter since last asked."""
        if self._wiring == "silent":
            return b""
        received = b""
        for _ in range(self._due(n, began_ms, now_ms)):
            sent = faux_linky.frame(
                self._mode, self.register_wh(n), 100 * flashes_in(self._seed, n)
            )
            if self._bench_left:
                sent = self._on_bench(sent)
            levels = faux_linky.levels(sent)
            if self._wiring == "inverted":
                levels = [1 - level for level in levels]
            received += faux_linky.receive(levels)
        return received

    def begin_bench(self) -> None:
        """Let the simulated utility meter do what the bench does: 60 frames, then a rest."""
        self._bench_left = faux_linky.BENCH_FRAMES + faux_linky.BENCH_REST

    def _on_bench(self, sent: bytes) -> bytes:
        self._bench_left -= 1
        return faux_linky.on_bench(sent, self._bench_left - faux_linky.BENCH_REST)

    def is_pressed(self) -> bool:
        return True

    def brown_outs(self) -> int:
        return 0

    def free_ram_kb(self) -> int:
        return 120

    def rssi_dbm(self) -> int:
        return -60

    def flash_free_percent(self) -> int:
        return 80

    def register_wh(self, n: int) -> int:
        """Return the simulated utility meter's register while record n is open."""
        return sum(flashes_in(self._seed, k) for k in range(1, n + 1))

    def ua_per_count(self) -> int:
        return 1000

    def samples(self, n: int, began_ms: int, now_ms: int) -> list:
        """Return whole periods of current and voltage; the current follows from seed and n."""
        peak = 1000 * (flashes_in(self._seed, n) + 1)
        peak = {"two_wires": 0, "reversed": -peak}.get(self._wiring, peak)
        return faux_linky.wave(peak) * self._due(n, began_ms, now_ms)

    def _due(self, n: int, began_ms: int, now_ms: int) -> int:
        """Return how many of an interval's frames are due now, one each 200 ms."""
        if (n, began_ms) != self._open:
            self._open, self._told_frames = (n, began_ms), 0
        told, due = self._told_frames, (now_ms - began_ms) // 200
        self._told_frames = max(due, told)
        return min(self._told_frames - told, 5)

    def network_fault(self) -> str | None:
        """Name why there is no network: for a while it may refuse the password."""
        return "wifi_password" if self.now_ms() < self._wifi_refuses_s * 1000 else None

    def open_line(self, settings: dict) -> object:
        return Line(settings["host"], settings["port"], settings["ca"])

    def fault_of(self, error: OSError) -> str:
        """Name what kept a line from opening."""
        return "tls" if isinstance(error, ssl.SSLError) else "no_broker"

    def show_light(self, flashes: int, fault: str) -> None:
        print("light", flashes, fault, flush=True)  # noqa: T201 - the host's light

    def feed_watchdog(self) -> None:
        """A process has none."""


class Line:
    """A socket that never blocks; with a certificate authority it speaks TLS and trusts no other."""

    def __init__(self, host: str, port: int, ca: str) -> None:
        self._unsent = b""
        self._address, self._ca = (host, port), ca
        self._is_connected = False
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setblocking(False)

    def is_open(self) -> bool:
        """Go on opening; whether it is done. OSError says that it cannot be."""
        try:
            if not self._is_connected:
                self._connect()
            if self._ca:
                self._socket.do_handshake()
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return False
        return True

    def _connect(self) -> None:
        failed = self._socket.connect_ex(self._address)
        if failed in {errno.EAGAIN, errno.EALREADY, errno.EINPROGRESS}:
            raise BlockingIOError(failed, "connecting")
        if failed not in {0, errno.EISCONN}:
            raise OSError(failed, os.strerror(failed))
        self._is_connected = True
        if self._ca:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.load_verify_locations(cadata=self._ca)
            self._socket = context.wrap_socket(
                self._socket, server_hostname=self._address[0], do_handshake_on_connect=False
            )

    def read(self) -> bytes | None:
        """Return what came, None if nothing did, nothing at all if the other end is gone."""
        try:
            return self._socket.recv(_CHUNK_BYTES)
        except (BlockingIOError, ssl.SSLWantReadError):
            return None

    def write(self, said: bytes) -> None:
        """Send these bytes after those that did not go out before."""
        self._unsent += said
        try:
            while self._unsent:
                self._unsent = self._unsent[self._socket.send(self._unsent) :]
        except (BlockingIOError, ssl.SSLWantWriteError):
            return

    def close(self) -> None:
        self._socket.close()
