"""What names a French meter is never kept: not in a payload, not in a topic, by no door."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from commonwatt.storage import meters
from commonwatt.storage.mounts import add_mount
from ingest.adapters import LANGUAGES
from ingest.adapters.message import Faulty, Message
from ingest.adapters.secrecy import masked, masked_text
from ingest.batch import BatchWriter, Envelope
from tests.ingest.payload_pages import START_S

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection

METER = "021528603314"
JSON = json.dumps({"TIC": {"ADCO": METER, "PRM": int(METER), "HCHC": 920750, "OPTARIF": "HC.."}})


@pytest.mark.parametrize(
    "text",
    [
        '{"ADCO":"%s","HCHC":920750}',
        '{"ADSC":{"raw":"%s","value":%s},"HCHC":920750}',
        "{ADCO:%s,HCHC:920750}",
        "ADCO %s :\nHCHC 920750 ]",
        "adco=%s&HCHC=920750",
        '{"HCHC":920750,"x":"%s"}',
        '{"HCHC":920750,"ADCO":"%s',
    ],
)
@pytest.mark.parametrize("name", [METER, METER.lstrip("0"), "12345678901234"])
def test_names_go_and_values_stay(text: str, name: str) -> None:
    kept = masked(text.replace("%s", name).encode())
    assert name.encode() not in kept
    assert b"920750" in kept


@pytest.mark.parametrize("text", ['{"ADCO":"%s","a":1}', '{"ADCO":{"raw":"%s","value":%s},"a":1}'])
def test_a_name_that_lost_its_zeros_goes_by_its_label(text: str) -> None:
    kept = masked(text.replace("%s", "123456").encode())
    assert b"123456" not in kept
    assert b'"a":1' in kept


def test_other_words_and_numbers_stay() -> None:
    text = b'{"PRMX":12,"LOADS":3,"time":1790000000,"EAST":"003196310"}'
    assert masked(text) == text
    assert masked_text(f"teleinfo/{METER}/x") == "teleinfo/#/x"


def rows(connection: Connection) -> str:
    found = connection.execute("SELECT topic, code, detail, payload FROM quarantine").fetchall()
    assert found
    return repr([(topic, code, detail, bytes(raw)) for topic, code, detail, raw in found])


@pytest.mark.parametrize("language", sorted(LANGUAGES))
@pytest.mark.parametrize("behind_s", [0, 5000])
def test_no_language_leaves_a_name_in_quarantine(
    connection: Connection, language: str, behind_s: int
) -> None:
    """Neither what an adapter refuses, nor what the judge finds to be of the future."""
    meter = meters.add_meter(connection, "cw-7k3f9qx", variant="ct")
    add_mount(connection, meter.meter_id, "place", language)
    connection.commit()
    told = [
        Envelope(f"place/{level}{METER}/{end}", body.encode(), START_S)
        for level in ("", "sensor/")
        for end in ("SENSOR", "state", "power")
        for body in (JSON, JSON[:-9], f"ADCO {METER} :", METER, f'{{"energy":"{METER}"}}')
    ]
    bare = Envelope("place", b"\xff" + METER.encode() + b"x" * 20_000, START_S)
    writer = BatchWriter()
    writer.write(connection, [*told, bare], START_S - behind_s)
    found = connection.execute("SELECT topic, detail, payload FROM quarantine").fetchall()
    seen = repr([(topic, detail, bytes(raw)) for topic, detail, raw in found])
    assert METER not in seen
    assert METER.lstrip("0") not in seen


def test_the_doors_leave_no_name_in_quarantine(connection: Connection) -> None:
    meter = meters.add_meter(connection, "cw-7k3f9qx", variant="ct")
    envelope = Envelope(f"http/{METER}", f"{{ADCO:{METER},PAPP:1}}".encode(), START_S)
    message = Message("", faulty=(Faulty("wrong_shape", "a number was expected"),))
    BatchWriter().write_told(connection, [(envelope, message, meter)], START_S)
    assert "PAPP:1" in rows(connection)
    assert METER not in rows(connection)


def test_a_topic_that_is_nobody_s_any_more_leaves_no_name(connection: Connection) -> None:
    """A mount that was taken away is listened to until the service restarts."""
    envelope = Envelope(f"teleinfo/{METER}", JSON.encode(), START_S)
    BatchWriter().write(connection, [envelope], START_S)
    assert "unknown_topic" in rows(connection)
    assert METER not in rows(connection)
    assert METER.lstrip("0") not in rows(connection)


def test_no_half_of_a_name_is_kept_where_a_payload_is_cut(connection: Connection) -> None:
    """Names one after the other, of which the last one looked at is cut after eight digits."""
    envelope = Envelope("nobody/s", (" " * 5 + f"{METER} " * 400).encode(), START_S)
    BatchWriter().write(connection, [envelope], START_S)
    assert "# #" in rows(connection)
    assert METER[:6] not in rows(connection)
