"""Speaks with the service: fed with bytes and milliseconds, it returns the bytes to write."""

from meter import mqtt_codec, protocol
from meter.backoff import Backoff

KEEPALIVE_S = 60
ANSWER_WITHIN_MS = 10_000
WINDOW = 2
UNANSWERED = 3  # so many sendings without a receipt are a fault worth a light
LONGEST_LIVE_S = 900
WAITING, CONNECTING, SUBSCRIBING, ONLINE = "waiting", "connecting", "subscribing", "online"
_REFUSED_NAMES = (2, 4, 5)  # CONNACK: name refused, secret wrong, not authorised


class Link:
    """One meter's line to its broker, as a state machine; `power_w` is asked for the live view."""

    def __init__(
        self,
        settings: dict,
        ring: object,
        clock: object,
        random: object,
        boot: int,
        variant: str,
        longest_wait_s: int = 600,
    ) -> None:
        self._serial = settings["serial"]
        self._secret = settings["secret"]
        self._ring = ring
        self._clock = clock
        self._boot = boot
        self._variant = variant
        self._reconnect = Backoff(random, 1, min(300, longest_wait_s))
        self._resend = Backoff(random, min(5, longest_wait_s), longest_wait_s)
        self._open_ms = int(random() * 1000)
        self._packet_id = 0
        self._unreceipted = []
        self._sent_to = 0
        self._unanswered = 0
        self._events = []
        self._live_until_ms = 0
        self._live_ms = 0
        self._told_overwritten = 0
        self._settle()
        self.fault = None
        self.power_w = 0
        self.selftest_bench = None
        self.clock_off_s = self.receipt_took_ms = None
        self._report, self._report_id, self._asked_ms = None, 0, 0

    def wants_line(self, now_ms: int) -> bool:
        """Whether it is time to open a line to the broker."""
        return self.state == WAITING and now_ms >= self._open_ms

    def opened(self, now_ms: int) -> bytes:
        """Begin to speak on a line that has just been opened."""
        self.state, self._decoder = CONNECTING, mqtt_codec.Decoder()
        self._answer_by_ms = self._heard_ms = self._said_ms = now_ms
        self._answer_by_ms += ANSWER_WITHIN_MS
        will = self._topic("status")
        return mqtt_codec.connect(self._serial, self._secret, will, protocol.status(), KEEPALIVE_S)

    def closed(self, now_ms: int, fault: str | None = None) -> None:
        """Learn that the line is gone or never came about; a fault tells the light why."""
        if fault and fault != self.fault:
            self.fault = fault
        self._open_ms = now_ms + int(self._reconnect.wait_s() * 1000)
        self._settle()

    def must_close(self, now_ms: int) -> bool:
        """Whether nobody answers on the line any more."""
        if self.state in (CONNECTING, SUBSCRIBING):
            return now_ms >= self._answer_by_ms
        return self.state == ONLINE and now_ms - self._heard_ms > KEEPALIVE_S * 1500

    def received(self, chunk: bytes, now_ms: int) -> bytes:
        """Take what the broker said; raise ValueError if the line must be closed."""
        self._heard_ms = now_ms
        answers = [self._take(packet, now_ms) for packet in self._decoder.feed(chunk)]
        return self._said(b"".join(answers), now_ms)

    def tick(self, now_ms: int) -> bytes:
        """Return what is to be said now."""
        if self.state != ONLINE:
            return b""
        said = self._say_again(now_ms) + self._say_events(now_ms) + self._say_records(now_ms)
        said += self._say_report() + self._say_live(now_ms)
        if not said and now_ms - self._said_ms > KEEPALIVE_S * 500:
            said = mqtt_codec.PINGREQ_BYTES
        return self._said(said, now_ms)

    def tell(self, code: str, facts: dict) -> None:
        """Tell an event once there is a line; the last eight are kept until then."""
        self._events = self._events[-7:]
        self._events.append((code, facts))

    def report_selftest(self, report: bytes) -> None:
        """Tell a self-test; it is said again on every new line until the broker has it."""
        self._report, self._report_id = report, 0

    def _say_report(self) -> bytes:
        if self._report is None or self._report_id:
            return b""
        said = self._publish("selftest", self._report)
        self._report_id = self._packet_id
        return said

    def _settle(self) -> None:
        self.state = WAITING
        self._report_id = 0
        self._forget_sent()

    def _forget_sent(self) -> None:
        self._unreceipted, self._sent_to, self._due_ms = [], 0, 0

    def _said(self, said: bytes, now_ms: int) -> bytes:
        if said:
            self._said_ms = now_ms
        return said

    def _topic(self, kind: str) -> str:
        return protocol.topic(self._serial, kind)

    def _publish(self, kind: str, payload: bytes, *, is_retained: bool = False) -> bytes:
        return mqtt_codec.publish(
            self._topic(kind), payload, self._next_id(), is_retained=is_retained
        )

    def _next_id(self) -> int:
        self._packet_id = self._packet_id % 65535 + 1
        return self._packet_id

    def _take(self, packet: tuple, now_ms: int) -> bytes:
        kind, flags, body = packet
        if kind == mqtt_codec.CONNACK:
            return self._connected(body, now_ms)
        if kind == mqtt_codec.SUBACK:
            return self._subscribed(body, now_ms)
        if kind == mqtt_codec.PUBACK and self._report_id == body[0] << 8 | body[1]:
            self._report, self._report_id = None, 0
        if kind != mqtt_codec.PUBLISH:
            return b""
        topic, payload, packet_id = mqtt_codec.open_publish(flags, body)
        said = mqtt_codec.puback(packet_id) if packet_id else b""
        if topic == self._topic("ack"):
            return said + self._take_receipt(payload, now_ms)
        if topic == self._topic("cmd"):
            return said + self._obey(payload, now_ms)
        return said

    def _connected(self, body: bytes, now_ms: int) -> bytes:
        if body[1]:
            self.fault = "secret" if body[1] in _REFUSED_NAMES else "no_broker"
            raise ValueError("connection refused")
        self.state, self._answer_by_ms = SUBSCRIBING, now_ms + ANSWER_WITHIN_MS
        wanted = [self._topic("ack"), self._topic("cmd")]
        return mqtt_codec.subscribe(self._next_id(), wanted)

    def _subscribed(self, body: bytes, now_ms: int) -> bytes:
        if 0x80 in body[2:]:
            self.fault = "topic"
            raise ValueError("subscription refused")
        self.state = ONLINE
        self._reconnect.succeeded()
        if self.fault and self.fault != "no_receipt":
            self.tell("was_away", {"fault": self.fault})
            self.fault = None
        online = self._publish("status", protocol.status(self._boot), is_retained=True)
        return self._hello(now_ms) + online

    def _hello(self, now_ms: int) -> bytes:
        """Say what the meter is; with an anchor only once the clock is confirmed."""
        ring, up_s = self._ring, now_ms // 1000
        t = self._clock.time_at(up_s) if self._clock.is_confirmed else 0
        held = (ring.oldest, ring.newest) if ring.oldest <= ring.newest else (0, 0)
        said = protocol.hello(self._serial, self._variant, self._boot, ring.log, held, up_s, t)
        return self._publish("hello", said)

    def _say_again(self, now_ms: int) -> bytes:
        """Forget what was sent when its receipt is overdue, so that it is sent again."""
        if not self._unreceipted or now_ms < self._due_ms:
            return b""
        self._unanswered += 1
        if self._unanswered >= UNANSWERED:
            self.fault = "no_receipt"
        self._forget_sent()
        return b""

    def _say_records(self, now_ms: int) -> bytes:
        """Fill the window; one record alone until a receipt has confirmed the clock."""
        is_sure, said = self._clock.is_confirmed, b""
        while len(self._unreceipted) < (WINDOW if is_sure else 1):
            limit = protocol.MAX_RECORDS if is_sure else 1
            records = self._ring.waiting(limit, self._sent_to)
            if not records:
                break
            if not self._unreceipted:
                self._asked_ms = now_ms
                self._due_ms = now_ms + max(int(self._resend.wait_s() * 1000), 1000)
            self._sent_to = records[-1][0]
            self._unreceipted.append((records[0][0], self._sent_to, False))
            dated = [self._clock.dated(record, self._boot) for record in records]
            message = protocol.readings(self._serial, self._ring.log, self._variant, dated)
            said += self._publish("readings", message)
        return said

    def _say_events(self, now_ms: int) -> bytes:
        overwritten = self._ring.overwritten
        if overwritten and not self._told_overwritten:
            self.tell("log_overwritten", {"records": overwritten})
        self._told_overwritten = overwritten
        up_s, events = now_ms // 1000, self._events
        self._events = []
        t = self._clock.time_at(up_s)
        said = [protocol.event(self._serial, self._boot, up_s, t, *event) for event in events]
        return b"".join([self._publish("event", event) for event in said])

    def _say_live(self, now_ms: int) -> bytes:
        t = self._clock.time_at(now_ms // 1000)
        if not t or now_ms >= self._live_until_ms or now_ms - self._live_ms < 1000:
            return b""
        self._live_ms = now_ms
        return mqtt_codec.publish(self._topic("live"), protocol.live(t, self.power_w))

    def _take_receipt(self, payload: bytes, now_ms: int) -> bytes:
        receipt = protocol.read_ack(payload)
        if receipt is None or receipt[0] != self._ring.log:
            return b""
        _, first, last, t, refused = receipt
        self.clock_off_s = self._clock.time_at(now_ms // 1000) - t if self._clock.quality else None
        self.receipt_took_ms = now_ms - self._asked_ms
        self._resend.succeeded()
        self._unanswered = 0
        if self.fault in {"no_receipt", "clock"}:
            self.fault = None
        if not self._clock.is_confirmed:
            return self._settle_clock(first, last, t, refused, now_ms)
        self._free(first, last)
        self._due_ms = now_ms + max(int(self._resend.wait_s() * 1000), 1000)
        return b""

    def _settle_clock(self, first: int, last: int, t: int, refused: int, now_ms: int) -> bytes:
        """Hold the clock against the service's; what a wrong one cost is said again, rightly dated."""
        was_known = self._clock.quality > 0
        off_s = self._clock.confirm(t, now_ms // 1000)
        if off_s:
            self.fault = "clock"
            self.tell("clock_wrong", {"off_s": off_s})
        waiting = self._ring.waiting(1)
        is_ours = bool(waiting) and waiting[0][3] == self._boot
        if refused and is_ours and (off_s or not was_known):
            self._forget_sent()
        else:
            self._free(first, last)
        return self._hello(now_ms)

    def _free(self, first: int, last: int) -> None:
        """Free what is receipted without a hole before it; remember what is beyond one."""
        ring = self._ring
        if first <= ring.oldest <= last:
            ring.receipt(ring.log, last)
        marked = [
            (a, z, done or (first <= a and z <= last))
            for a, z, done in self._unreceipted
            if z > ring.receipted
        ]
        while marked and marked[0][2]:
            ring.receipt(ring.log, marked.pop(0)[1])
        self._unreceipted = marked

    def _obey(self, payload: bytes, now_ms: int) -> bytes:
        command = protocol.read_cmd(payload)
        if command is None:
            return b""
        cid, op, arguments = command
        if op == "selftest":
            self.selftest_bench = str(arguments.get("bench", ""))[:40]
            return self._publish("res", protocol.res(self._serial, cid))
        if op != "live":
            return self._publish("res", protocol.res(self._serial, cid, "not known here"))
        if self._variant not in protocol.REAL_POWER:
            return self._publish("res", protocol.res(self._serial, cid, "no real power"))
        for_s = arguments.get("for_s", 0)
        if not isinstance(for_s, int) or not 0 <= for_s <= LONGEST_LIVE_S:
            return self._publish("res", protocol.res(self._serial, cid, "for_s"))
        self._live_until_ms = now_ms + for_s * 1000
        return self._publish("res", protocol.res(self._serial, cid))
