"""The same key with other content: the original stays, the other goes to quarantine, the owner hears why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from commonwatt.model import NO_LOG, Reading
from commonwatt.registry.serials import derived_serial
from commonwatt.storage import meters, readings
from ingest.adapters.message import Extent, Message
from ingest.batch import BatchWriter, Envelope, Receipt

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection

NOW_S = 1_790_000_000.0
SERIAL, OTHER = derived_serial("contrary"), derived_serial("honest")
TOPIC = f"cw/v1/{SERIAL}/readings"
LOG = "0000002a"


def said(*records: dict[str, Any], serial: str = SERIAL) -> Envelope:
    body = {"v": 1, "id": serial, "log": LOG, "boot": 1, "src": "led", "r": list(records)}
    return Envelope(f"cw/v1/{serial}/readings", json.dumps(body).encode(), NOW_S)


def record(n: int, **changed: Any) -> dict[str, Any]:
    up_s = 60 * n
    told = {"n": n, "t": int(NOW_S) - 3600 + up_s, "up_s": up_s, "d_s": 60, "e_wh": 10.0 * n}
    return told | changed


@pytest.fixture
def writer(connection: Connection) -> BatchWriter:
    for serial in (SERIAL, OTHER):
        meters.add_meter(connection, serial, variant="led")
    return BatchWriter()


def stored(connection: Connection) -> list[tuple[int, float]]:
    return connection.execute("SELECT n, register_wh FROM readings ORDER BY n, end_utc").fetchall()


def aside(connection: Connection) -> list[tuple[str, str, bytes]]:
    return connection.execute("SELECT code, detail, payload FROM quarantine").fetchall()


CHANGES = [{"e_wh": 21.0}, {"p_w": 5}, {"d_s": 30}, {"f": 1}, {"t": int(NOW_S) - 3590}]


@pytest.mark.parametrize("change", CHANGES)
def test_the_original_stays(
    connection: Connection, writer: BatchWriter, change: dict[str, Any]
) -> None:
    writer.write(connection, [said(record(1), record(2), record(3))], NOW_S)
    before = stored(connection)
    contrary = said(record(2, **change))
    (receipt,) = writer.write(connection, [contrary], NOW_S)
    assert receipt == Receipt(SERIAL, Extent(42, 2, 2), 1)
    assert stored(connection) == before
    assert aside(connection) == [("other_content", "1 of 1 records", contrary.payload)]
    assert writer.outcomes == {"stored": 1, "other_content": 1}
    assert readings.refused_since(connection, readings.instant(NOW_S).date()) == {
        "other_content": 1
    }


@pytest.mark.parametrize("change", CHANGES)
def test_also_in_one_batch_and_by_another_process(
    connection: Connection, writer: BatchWriter, change: dict[str, Any]
) -> None:
    first, contrary = said(record(1), record(2)), said(record(2, **change))
    writer.write(connection, [first, contrary], NOW_S)
    BatchWriter().write(connection, [contrary], NOW_S)
    assert stored(connection) == [(1, 10.0), (2, 20.0)]
    assert [code for code, _, _ in aside(connection)] == ["other_content"] * 2


BACK_S = int(NOW_S) - 7200


@pytest.mark.parametrize("other_s", [BACK_S + 600, int(NOW_S)])
def test_also_when_the_clock_went_back(
    connection: Connection, writer: BatchWriter, other_s: int
) -> None:
    """The newest record by its time is not the one with the highest number; a new process knows."""
    writer.write(connection, [said(record(1), record(2)), said(record(3, t=BACK_S))], NOW_S)
    BatchWriter().write(connection, [said(record(3, t=other_s))], NOW_S)
    assert [n for n, _ in stored(connection)] == [1, 2, 3]
    assert [code for code, _, _ in aside(connection)] == ["other_content"]


def test_also_among_those_that_come_late(connection: Connection, writer: BatchWriter) -> None:
    """Neither is in the table when they come: the first one told stays."""
    writer.write(connection, [said(record(9))], NOW_S)
    late, contrary = said(record(2)), said(record(2, t=BACK_S))
    writer.write(connection, [late, contrary, late], NOW_S)
    assert stored(connection) == [(2, 20.0), (9, 90.0)]
    assert [payload for _, _, payload in aside(connection)] == [contrary.payload]


def test_also_in_a_batch_whose_beginning_another_process_has_written(
    connection: Connection, writer: BatchWriter
) -> None:
    writer.write(connection, [said(record(1))], NOW_S)
    BatchWriter().write(connection, [said(record(2))], NOW_S)
    writer.write(connection, [said(record(2), record(3)), said(record(3, t=BACK_S))], NOW_S)
    assert [n for n, _ in stored(connection)] == [1, 2, 3]
    assert [code for code, _, _ in aside(connection)] == ["other_content"]


def test_neighbours_in_the_message_and_in_the_batch_are_stored(
    connection: Connection, writer: BatchWriter
) -> None:
    writer.write(connection, [said(record(1), record(2))], NOW_S)
    mixed = said(record(2, e_wh=19.0), record(3), record(4))
    receipts = writer.write(connection, [mixed, said(record(9), serial=OTHER)], NOW_S)
    assert {(each.serial, each.refused) for each in receipts} == {(SERIAL, 1), (OTHER, 0)}
    assert stored(connection) == [(1, 10.0), (2, 20.0), (3, 30.0), (4, 40.0), (9, 90.0)]
    assert [detail for _, detail, _ in aside(connection)] == ["1 of 3 records"]
    assert writer.outcomes == {"stored": 3}


def test_the_same_again_is_no_contradiction(connection: Connection, writer: BatchWriter) -> None:
    again = said(record(1), record(2, p_w=120, s_va=130, f=1))
    for each in (writer, writer, BatchWriter()):
        each.write(connection, [again, again], NOW_S)
    assert len(stored(connection)) == 2
    assert aside(connection) == []


def test_a_hole_is_filled(connection: Connection, writer: BatchWriter) -> None:
    """What comes late is not there, so that it contradicts nothing."""
    writer.write(connection, [said(record(5), record(6))], NOW_S)
    writer.write(connection, [said(record(1), record(2)), said(record(3), record(4))], NOW_S)
    assert [n for n, _ in stored(connection)] == [1, 2, 3, 4, 5, 6]
    assert aside(connection) == []


def test_by_the_adapters_too(connection: Connection, writer: BatchWriter) -> None:
    """A record dated by its boot, and said again with a time of its own."""
    anchor = {"boot": 1, "up_s": 100, "t": int(NOW_S)}
    body = {"v": 1, "id": SERIAL, "fw": "x", "variant": "led", "boot": 1, "log": LOG}
    body |= {"oldest": 1, "newest": 1, "anchor": anchor}
    hello = Envelope(f"cw/v1/{SERIAL}/hello", json.dumps(body).encode(), NOW_S)
    undated = {"n": 1, "up_s": 60, "d_s": 60, "e_wh": 10.0}
    writer.write(connection, [hello, said(undated)], NOW_S)
    writer.write(connection, [said({**undated, "t": int(NOW_S) - 40})], NOW_S)
    assert (len(stored(connection)), aside(connection)) == (1, [])
    writer.write(connection, [said({**undated, "t": int(NOW_S) - 30})], NOW_S)
    assert len(stored(connection)) == 1
    assert [code for code, _, _ in aside(connection)] == ["other_content"]


def test_a_meter_without_a_sequence_is_known_by_its_time(connection: Connection) -> None:
    meter = meters.add_meter(connection, SERIAL, variant="ct")
    writer = BatchWriter()
    envelope = Envelope("write", b"power value=5", NOW_S)
    for power_w in (5.0, 5.0, 6.0):
        reading = Reading(int(NOW_S), 60, NO_LOG, 0, 1, power_w=power_w)
        writer.write_told(connection, [(envelope, Message("", (reading,)), meter)], NOW_S)
    assert connection.execute("SELECT power_w FROM readings").fetchall() == [(5.0,)]
    assert [code for code, _, _ in aside(connection)] == ["other_content"]
