"""Protocol v1: commonwatt's own language, described in firmware_docs/protocol/v1.md."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

from commonwatt.errors import PayloadError
from commonwatt.model import Reading
from commonwatt.registry.selftests import ToldTest
from ingest.adapters.message import Anchor, Extent, Faulty, LivePower, Message, ToldSelftest

if TYPE_CHECKING:
    from collections.abc import Callable

SERIAL_PATTERN = r"^cw-[0-9a-hjkmnp-tv-z]{7}$"
LOG_PATTERN = r"^[0-9a-f]{8}$"
MAX_RECORDS = 30
MAX_PAYLOAD_BYTES = 8192

Version = Literal[1]
Source = Literal["led", "tic_h", "tic_s", "ct", "sim"]
Counter = Annotated[int, Meta(ge=1, le=2**53)]
Whole = Annotated[int, Meta(ge=0, le=2**53)]
Boot = Annotated[int, Meta(ge=1, le=2**31 - 1)]
Seconds = Annotated[int, Meta(ge=-(2**40), le=2**40)]
LogId = Annotated[str, Meta(pattern=LOG_PATTERN)]
Serial = Annotated[str, Meta(pattern=SERIAL_PATTERN)]
Text = Annotated[str, Meta(max_length=40, pattern=r"^[^\x00]*$")]
BUTTON = "button"


class Record(msgspec.Struct, forbid_unknown_fields=True):
    """One line of a meter's log."""

    n: Counter
    up_s: Whole
    d_s: Annotated[int, Meta(ge=1, le=3600)]
    t: Seconds | None = None
    tq: Literal[0, 1, 2] = 0
    e_wh: float | UnsetType = UNSET
    p_w: int | UnsetType = UNSET
    s_va: int | UnsetType = UNSET
    i_ma: Whole | UnsetType = UNSET
    u_dv: Whole | UnsetType = UNSET
    tar: Annotated[str, Meta(max_length=16)] | UnsetType = UNSET
    f: Annotated[int, Meta(ge=0, le=2**31 - 1)] = 0


class Envelope(msgspec.Struct, forbid_unknown_fields=True):
    """A batch of records, still closed: each is opened on its own."""

    v: Version
    id: Serial
    log: LogId
    boot: Boot
    src: Source
    r: Annotated[list[msgspec.Raw], Meta(min_length=1, max_length=MAX_RECORDS)]


class Batch(Envelope, forbid_unknown_fields=True):
    """A batch whose records are all well formed."""

    r: Annotated[list[Record], Meta(min_length=1, max_length=MAX_RECORDS)]  # type: ignore[assignment]


class AnchorForm(msgspec.Struct, forbid_unknown_fields=True):
    """The meter's clock beside its uptime."""

    boot: Boot
    up_s: Whole
    t: Seconds


class Hello(msgspec.Struct):
    """What a meter says of itself when it connects; unknown fields are let pass."""

    v: Version
    id: Serial
    boot: Boot
    anchor: AnchorForm | None = None


class Event(msgspec.Struct):
    """Something happened to a meter; what it is about is let pass."""

    v: Version
    id: Serial
    boot: Boot
    up_s: Whole
    code: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,31}$")]


class TestForm(msgspec.Struct, forbid_unknown_fields=True):
    """One test of a self-test."""

    k: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    ok: bool
    val: float | Text | bool | None = None
    exp: float | Text | bool | None = None


class SelftestForm(msgspec.Struct, forbid_unknown_fields=True):
    """The result of a first-light test; `ok` is the meter's own verdict, not the service's."""

    v: Version
    id: Serial
    fw: Text
    run: Annotated[str, Meta(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    tests: Annotated[list[TestForm], Meta(min_length=1, max_length=30)]
    ok: bool
    bench: Text | None = None
    fw_sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")] | None = None
    gain: Annotated[float, Meta(ge=0, le=1000)] | None = None


class Status(msgspec.Struct):
    """The retained state, or the last will."""

    v: Version
    s: Literal["online", "offline"]


class Live(msgspec.Struct, forbid_unknown_fields=True):
    """The power of this second."""

    v: Version
    t: Seconds
    p_w: int


class Numbered(msgspec.Struct):
    """Of a record nothing but its number."""

    n: Counter


class Outline(msgspec.Struct):
    """Of a batch that is not well formed, just enough to receipt its refusal."""

    log: LogId
    r: Annotated[list[Numbered], Meta(min_length=1, max_length=MAX_RECORDS)]


_batch = msgspec.json.Decoder(Batch)
_envelope = msgspec.json.Decoder(Envelope)
_record = msgspec.json.Decoder(Record)
_numbered = msgspec.json.Decoder(Numbered)
_outline = msgspec.json.Decoder(Outline)
_hello = msgspec.json.Decoder(Hello)
_status = msgspec.json.Decoder(Status)
_live = msgspec.json.Decoder(Live)
_event = msgspec.json.Decoder(Event)
_selftest = msgspec.json.Decoder(SelftestForm)
_any_object = msgspec.json.Decoder(dict[str, object])
_serial = re.compile(SERIAL_PATTERN)
_NOT_FINITE = re.compile(rb"(?<=:)\s*[+-]?(NaN|Infinity|nan|inf)\b")
_MARK = b'"not finite"'
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_Form = TypeVar("_Form")


def parse(topic: str, payload: bytes) -> Message:
    """Translate one message; raise PayloadError if nothing of it can be used."""
    kind = topic.rpartition("/")[2]
    if kind not in _KINDS:
        raise PayloadError("unknown_topic", topic)
    return _KINDS[kind](serial_of(topic, payload), payload)


def serial_of(topic: str, payload: bytes) -> str:
    """Whose message it is; raise PayloadError if it is nobody's or too large."""
    levels = topic.split("/")
    if len(levels) != 4 or not _serial.match(levels[2]):
        raise PayloadError("unknown_topic", topic)
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise PayloadError("too_large", f"{len(payload)} bytes, at most {MAX_PAYLOAD_BYTES}")
    return levels[2]


def outline_of(payload: bytes) -> Extent | None:
    """Which records a batch claims to carry, when nothing else of it can be read."""
    try:
        outline = _outline.decode(_NOT_FINITE.sub(_MARK, payload))
    except UNREADABLE:
        return None
    numbers = [record.n for record in outline.r]
    return Extent(int(outline.log, 16), min(numbers), max(numbers))


def _parse_readings(serial: str, payload: bytes) -> Message:
    try:
        batch = _batch.decode(payload)
    except UNREADABLE:
        return _parse_one_by_one(serial, _NOT_FINITE.sub(_MARK, payload))
    return _message(serial, batch, batch.r, (), [record.n for record in batch.r])


def _parse_one_by_one(serial: str, payload: bytes) -> Message:
    """Open each record of a batch on its own, so that a bad one costs only itself.

    JSON has no NaN; one written all the same was marked, or it would cost the whole batch.
    """
    envelope = decode(_envelope, payload)
    records, faulty, numbers = [], [], []
    for raw in envelope.r:
        try:
            numbers.append(_numbered.decode(raw).n)
            records.append(_record.decode(raw))
        except UNREADABLE as error:
            code = "not_finite" if _MARK in bytes(raw) else "wrong_shape"
            faulty.append(Faulty(code, f"{error} in {bytes(raw)[:200]!r}"))
    if not numbers:
        raise PayloadError("wrong_shape", "no record has a number n")
    return _message(serial, envelope, records, tuple(faulty), numbers)


def _message(
    serial: str,
    envelope: Envelope,
    records: list[Record],
    faulty: tuple[Faulty, ...],
    numbers: list[int],
) -> Message:
    require_own(serial, envelope.id)
    log = int(envelope.log, 16)
    dated = [record for record in records if record.t is not None]
    anchors = tuple(Anchor(envelope.boot, r.up_s, r.t) for r in dated[:1] if r.t is not None)
    return Message(
        serial=serial,
        readings=tuple(_reading(record, log, envelope.boot) for record in records),
        faulty=faulty,
        extent=Extent(log, min(numbers), max(numbers)),
        anchors=anchors,
    )


def _reading(record: Record, log: int, boot: int) -> Reading:
    return Reading(
        end_s=record.t,
        duration_s=record.d_s,
        log=log,
        n=record.n,
        boot=boot,
        up_s=record.up_s,
        register_wh=_number(record.e_wh),
        power_w=_number(record.p_w),
        apparent_va=_number(record.s_va),
        flags=record.f,
    )


def _number(value: float | UnsetType) -> float | None:
    return None if value is UNSET else value


def _parse_hello(serial: str, payload: bytes) -> Message:
    hello = decode(_hello, payload)
    require_own(serial, hello.id)
    form = hello.anchor
    anchors = (Anchor(form.boot, form.up_s, form.t),) if form else ()
    return Message(serial, anchors=anchors, is_in_hands=True)


def _parse_status(serial: str, payload: bytes) -> Message:
    return Message(serial, online=decode(_status, payload).s == "online")


def _parse_live(serial: str, payload: bytes) -> Message:
    live = decode(_live, payload)
    return Message(serial, live=LivePower(live.p_w, live.t))


def _parse_selftest(serial: str, payload: bytes) -> Message:
    form = decode(_selftest, payload)
    require_own(serial, form.id)
    lines = tuple(ToldTest(test.k, test.ok, test.val, test.exp) for test in form.tests)
    told = ToldSelftest(form.run, form.fw, form.fw_sha256, form.bench, form.gain, lines)
    return Message(serial, selftest=told)


def _parse_event(serial: str, payload: bytes) -> Message:
    event = decode(_event, payload)
    require_own(serial, event.id)
    return Message(serial, is_in_hands=event.code == BUTTON)


def _parse_sign(serial: str, payload: bytes) -> Message:
    """Take answers to commands as signs of life; the service sends none yet."""
    decode(_any_object, payload)
    return Message(serial)


def require_own(serial: str, claimed: str) -> None:
    if claimed != serial:
        raise PayloadError("wrong_meter", f"topic says {serial}, payload says {claimed}")


def decode(decoder: msgspec.json.Decoder[_Form], payload: bytes) -> _Form:
    """Decode, or say in one code what is wrong: not JSON, not a number, or another shape."""
    try:
        return decoder.decode(payload)
    except msgspec.ValidationError as error:
        raise PayloadError("wrong_shape", str(error)) from error
    except UNREADABLE as error:
        code = "not_finite" if _NOT_FINITE.search(payload) else "malformed_json"
        raise PayloadError(code, str(error)) from error


_KINDS: dict[str, Callable[[str, bytes], Message]] = {
    "readings": _parse_readings,
    "hello": _parse_hello,
    "status": _parse_status,
    "live": _parse_live,
    "selftest": _parse_selftest,
    "event": _parse_event,
    "res": _parse_sign,
}
