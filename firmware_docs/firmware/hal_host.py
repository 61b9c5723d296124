"""The meter's hardware on a computer: files for flash, a simulated light, sockets with or without TLS."""

import binascii
import errno
import os
import random
import socket
import ssl
import struct
import time

MOST_FLASHES = 3  # an interval; at 1 s that is at most 10.8 kW
_CHUNK_BYTES = 4096


def flashes_in(seed: int, n: int) -> int:
    """Return how often the light flashes in the interval of record n: known without running anything."""
    return binascii.crc32(struct.pack("<II", seed, n)) % (MOST_FLASHES + 1) if n > 1 else 0


class Hardware:
    """All that a program needs; `clock_off_s` is how wrong its clock is, None if it has none."""

    def __init__(self, folder: str, seed: int, clock_off_s: int | None) -> None:
        self._folder = folder
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
        """Open a file of the flash; its bytes are 0 when it is new."""
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
