"""A meter's days in simulated time, against a broker and a service that lose things; runs in MicroPython too."""

import hashlib
import io
import json
import struct

from chance import Chance
from meter import mqtt_codec, provisioning
from meter.program import Program, open_settings

SERIAL = "cw-7k3f9qy"
START_S = 1_790_000_000
STEP_S = 5
SETTINGS = {"serial": SERIAL, "secret": "0123456789abcdef" * 2, "host": "a", "port": 1, "ca": ""}


class Service:
    """Stores what comes over a line, loses receipts, and counts what a promise would forbid."""

    def __init__(self, chance):
        self.chance = chance
        self.now_s = START_S
        self.is_away = False
        self.stored = {}
        self.anchors = {}
        self.refused = 0
        self.contradicted = 0
        self.events = []
        self.digest = hashlib.sha256()

    def answer(self, packet):
        kind, flags, body = packet
        if kind == 1:
            return b"\x20\x02\x00\x00"
        if kind == 8:
            return b"\x90\x04" + body[:2] + b"\x01\x01"
        if kind != mqtt_codec.PUBLISH:
            return b"\xd0\x00" if kind == 12 else b""
        topic, payload, packet_id = mqtt_codec.open_publish(flags, body)
        said = mqtt_codec.puback(packet_id) if packet_id else b""
        return said + self.hear(topic.split("/")[-1], json.loads(payload))

    def hear(self, leaf, said):
        self.digest.update(leaf.encode())  # the order of names in JSON is each interpreter's own
        if leaf == "event":
            self.events.append(said["code"])
        if leaf == "hello" and said["anchor"]:
            self.anchors.setdefault(said["boot"], said["anchor"]["t"] - said["anchor"]["up_s"])
        if leaf != "readings":
            return b""
        self.digest.update(repr([sorted(record.items()) for record in said["r"]]).encode())
        refused = sum([self.judge(said["boot"], record) for record in said["r"]])
        receipt = {"v": 1, "log": said["log"], "from": said["r"][0]["n"], "n": said["r"][-1]["n"]}
        receipt["t"] = self.now_s
        if refused:
            receipt["refused"] = refused
        if self.chance.below(5) == 0:
            return b""
        return mqtt_codec.publish("cw/v1/" + SERIAL + "/ack", json.dumps(receipt).encode())

    def judge(self, boot, record):
        """Store a record, unless it has no time or one that is to come."""
        t = record["t"]
        if t is None and boot in self.anchors:
            t = self.anchors[boot] + record["up_s"]
        if t is None or t > self.now_s + 600:
            self.refused += 1
            return 1
        content = (t, int(record["e_wh"] * 1000 + 0.5))
        self.contradicted += self.stored.setdefault(record["n"], content) != content
        return 0


class Line:
    """A line to the service that is cut now and then."""

    def __init__(self, service):
        self.service = service
        self.decoder = mqtt_codec.Decoder()
        self.answers = b""

    def is_open(self):
        return not self.service.is_away

    def read(self):
        if self.service.is_away or self.service.chance.below(200) == 0:
            return b""
        read, self.answers = self.answers, b""
        return read or None

    def write(self, said):
        for packet in self.decoder.feed(said):
            self.answers += self.service.answer(packet)

    def close(self):
        self.answers = b""


class Hardware:
    """Simulated hardware whose flash outlives its lives."""

    is_simulated = True

    def __init__(self, service):
        self.service = service
        self.files = {}
        self.kept_wh, self.open_wh, self.interval = 0, 0, 0
        self.lights = []

    def begin_life(self, clock_off_s):
        self.began_s, self.clock_off_s = self.service.now_s, clock_off_s
        self.open_wh, self.interval = 0, 0

    def now_ms(self):
        return (self.service.now_s - self.began_s) * 1000

    def utc_s(self):
        return 0 if self.clock_off_s is None else self.service.now_s + self.clock_off_s

    def open_file(self, name, size):
        if name not in self.files:
            self.files[name] = io.BytesIO(bytes(size))
        return self.files[name]

    def syncer(self, _file):
        return lambda: None

    def random(self):
        return self.service.chance.below(1024) / 1024

    def random_bytes(self, count):
        return bytes([self.service.chance.below(256) for _ in range(count)])

    def wh_per_flash(self):
        return 1, 1

    def flashes(self, n, _began_ms, now_ms):
        if n != self.interval:
            self.kept_wh += self.open_wh
            self.open_wh, self.interval = 0, n
        flashed = self.service.chance.below(2)
        self.open_wh += flashed
        return [now_ms * 1000] * flashed

    def dark_percent(self):
        return 5

    def network_fault(self):
        return None

    def open_line(self, _settings):
        return Line(self.service)

    def fault_of(self, _error):
        return "no_broker"

    def show_light(self, flashes, _fault):
        self.lights.append(flashes)

    def feed_watchdog(self):
        pass


def begin(hardware, capacity, clock_off_s):
    hardware.begin_life(clock_off_s)
    return Program(hardware, "sim", capacity, 60)


def step(hardware, program):
    hardware.service.now_s += STEP_S
    program.step()


def go_on(hardware, program, minutes):
    for _ in range(minutes * 60 // STEP_S):
        step(hardware, program)


def live(hardware, capacity, hours, clock_off_s):
    """One life from power to power cut."""
    program = begin(hardware, capacity, clock_off_s)
    go_on(hardware, program, 60 * hours)
    if program.ring.newest >= hardware.interval:
        hardware.kept_wh += hardware.open_wh
    return program


def provisioned():
    """Return the hardware of a meter that has just been given its name."""
    hardware = Hardware(Service(Chance(11)))
    provisioning.write(open_settings(hardware), SETTINGS)
    return hardware


def two_days(capacity):
    """Two days: a first life without a clock, one with a wrong clock, a day without a broker."""
    hardware = provisioned()
    service = hardware.service
    for away, clock_off_s in ((0, None), (0, 7200), (0, -90000), (1, 3), (1, 0), (1, -2), (0, 0)):
        service.is_away = bool(away)
        program = live(hardware, capacity, 8 if away else 6, clock_off_s)
    return hardware, program


def tell(capacity):
    """Return what came of two days: counts, gaps, registers, lights, events, and every byte said."""
    hardware, program = two_days(capacity)
    service, newest = hardware.service, program.ring.last()
    numbers = sorted(service.stored)
    missing = newest[0] - len(numbers)
    late = sum([1 for n in numbers if abs(service.stored[n][0] - START_S - 60 * n) > 3600])
    holes = sum([1 for n in numbers[:-1] if n + 1 not in service.stored])
    return (
        (len(numbers), missing, holes, newest[0] - numbers[-1]),
        (service.contradicted, service.refused, late),
        (newest[7] // 1000, service.stored[numbers[-1]][1] // 1000, hardware.kept_wh),
        sorted(set(service.events)),
        sorted(set(hardware.lights)),
        struct.unpack("<I", service.digest.digest()[:4])[0],
    )
