"""Writes and reads the messages of protocol v1."""

import json

MAX_RECORDS = 30
FIRMWARE = "commonwatt-meter 0.1.0"
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
REAL_POWER = ("led", "sim")


def is_serial(serial: str) -> bool:
    """Check the form and the last character of a serial."""
    if len(serial) != 10 or serial[:3] != "cw-" or any(c not in _ALPHABET for c in serial[3:]):
        return False
    total = sum([(2 * i + 3) * _ALPHABET.index(serial[3 + i]) for i in range(6)])
    return _ALPHABET[total % 32] == serial[9]


def topic(serial: str, kind: str) -> str:
    return "cw/v1/" + serial + "/" + kind


def readings(serial: str, log: int, src: str, records: list) -> bytes:
    """Return one message of records of one boot, as the ring log holds them."""
    lines = ",".join([_record(src, record) for record in records])
    return (
        f'{{"v":1,"id":"{serial}","log":"{log:08x}","boot":{records[0][3]},'
        f'"src":"{src}","r":[{lines}]}}'
    ).encode()


def _record(src: str, record: tuple) -> str:
    n, t, up_s, _boot, d_s, tq, f, e_mwh, power = record
    clock = str(t) if t else "null"
    power_name = "p_w" if src in REAL_POWER else "s_va"
    # Written digit by digit: a 32-bit float would round a large register.
    register = "" if src == "ct" else f'"e_wh":{e_mwh // 1000}.{e_mwh % 1000:03d},'
    return (
        f'{{"n":{n},"t":{clock},"tq":{tq},"up_s":{up_s},"d_s":{d_s},'
        f'{register}"{power_name}":{power},"f":{f}}}'
    )


def hello(serial: str, variant: str, boot: int, log: int, held: tuple, up_s: int, t: int) -> bytes:
    """Say what the meter is; `held` is the oldest and newest number, t is 0 without a clock."""
    said = {"v": 1, "id": serial, "fw": FIRMWARE, "variant": variant, "boot": boot}
    said.update({"log": f"{log:08x}", "oldest": held[0], "newest": held[1]})
    said["anchor"] = {"boot": boot, "up_s": up_s, "t": t} if t else None
    return json.dumps(said).encode()


def status(boot: int = 0) -> bytes:
    """Say online with a boot number, offline without: the last will."""
    said = {"v": 1, "s": "online", "boot": boot} if boot else {"v": 1, "s": "offline"}
    return json.dumps(said).encode()


def event(serial: str, boot: int, up_s: int, t: int, code: str, facts: dict) -> bytes:
    said = {"v": 1, "id": serial, "boot": boot, "up_s": up_s, "t": t or None}
    said.update({"code": code, "facts": facts})
    return json.dumps(said).encode()


def live(t: int, power: int) -> bytes:
    return json.dumps({"v": 1, "t": t, "p_w": power}).encode()


def res(serial: str, cid: str, detail: str = "") -> bytes:
    """Answer a command: done, or not and why."""
    said = {"v": 1, "id": serial, "cid": cid, "ok": not detail}
    if detail:
        said["detail"] = detail
    return json.dumps(said).encode()


def read_ack(payload: bytes) -> tuple | None:
    """Return log, first and last number, the service's time and how many were refused; else None."""
    try:
        said = json.loads(payload)
        first, last, t = [int(said[name]) for name in ("from", "n", "t")]
        return int(said["log"], 16), first, last, t, int(said.get("refused", 0))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def read_cmd(payload: bytes) -> tuple | None:
    """Return the command's id, operation and arguments; None if it cannot be read."""
    try:
        said = json.loads(payload)
        return str(said["cid"]), str(said["op"]), dict(said.get("arg") or {})
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
