"""A batch of messages: stored, put aside with a reason, receipted, all in one transaction."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from commonwatt.storage import meters, readings
from ingest.adapters.message import Extent
from ingest.batch import BatchWriter, Envelope, Receipt

if TYPE_CHECKING:
    from commonwatt.storage.meters import Meter
    from commonwatt.storage.pool import Connection

SERIAL = "cw-7k3f9qx"
LOG = 0x9F3A61C2
NOW_S = 1_790_000_000.0


@pytest.fixture
def meter(connection: Connection) -> Meter:
    return meters.add_meter(connection, SERIAL)


def record(n: int, **changes: Any) -> dict[str, Any]:
    end_s = int(NOW_S) - 6000 + 60 * n
    return {"n": n, "t": end_s, "tq": 2, "up_s": 60 * n, "d_s": 60, "e_wh": 10 * n} | changes


def batch_of(*records: dict[str, Any], serial: str = SERIAL, **changes: Any) -> Envelope:
    body = {"v": 1, "id": serial, "log": "9f3a61c2", "boot": 1, "src": "led", "r": list(records)}
    payload = json.dumps(body | changes).encode()
    return Envelope(f"cw/v1/{serial}/readings", payload, NOW_S)


def write(connection: Connection, *envelopes: Envelope) -> list[Receipt]:
    return BatchWriter().write(connection, envelopes, NOW_S)


def numbers(connection: Connection) -> list[int]:
    return [n for (n,) in connection.execute("SELECT n FROM readings ORDER BY end_utc, n")]


def codes(connection: Connection) -> list[str]:
    return sorted(entry.code for entry in readings.last_refused(connection))


def test_a_good_batch_is_stored_and_receipted(connection: Connection, meter: Meter) -> None:
    receipts = write(connection, batch_of(record(1), record(2)), batch_of(record(3)))
    assert receipts == [Receipt(SERIAL, Extent(LOG, 1, 3), 0)]
    assert numbers(connection) == [1, 2, 3]
    assert meters.last_sign(connection, meter.meter_id) is not None


def test_a_resent_batch_is_receipted_again_and_stored_once(
    connection: Connection, meter: Meter
) -> None:
    write(connection, batch_of(record(1), record(2)))
    dirty = connection.execute("SELECT count(*) FROM dirty_spans").fetchone()
    assert write(connection, batch_of(record(1), record(2))) == [
        Receipt(SERIAL, Extent(LOG, 1, 2), 0)
    ]
    assert numbers(connection) == [1, 2]
    assert connection.execute("SELECT count(*) FROM dirty_spans").fetchone() == dirty


def test_bad_messages_never_block_good_neighbours(connection: Connection, meter: Meter) -> None:
    receipts = write(
        connection,
        Envelope("cw/v1/nonsense", b"{}", NOW_S),
        Envelope(f"cw/v1/{SERIAL}/readings", b'{"v":1', NOW_S),
        batch_of(record(1), serial="cw-0000000"),
        batch_of(record(1, t=int(NOW_S) + 3600), record(2), record(3, e_wh=-5)),
        batch_of(record(4), id="cw-0000000"),
        Envelope(f"cw/v1/{SERIAL}/live", b'{"v":1,"t":1,"p_w":NaN}', NOW_S),
        batch_of(record(5)),
    )
    assert numbers(connection) == [2, 5]
    assert codes(connection) == sorted(
        [
            "unknown_topic",
            "malformed_json",
            "unknown_meter",
            "future_time",
            "register_absurd",
            "wrong_meter",
            "not_finite",
        ]
    )
    assert [(r.extent.first_n, r.extent.last_n, r.refused) for r in receipts] == [
        (4, 4, 1),
        (1, 3, 2),
        (5, 5, 0),
    ]


def test_a_row_the_database_refuses_goes_aside_alone(connection: Connection, meter: Meter) -> None:
    """Should the validator ever let something through, its neighbours are stored all the same."""
    connection.execute("ALTER TABLE readings ADD CHECK (n <> 13)")
    receipts = write(connection, batch_of(record(12)), batch_of(record(13)), batch_of(record(14)))
    assert numbers(connection) == [12, 14]
    assert codes(connection) == ["database_refused"]
    assert [(r.extent.first_n, r.refused) for r in receipts] == [(12, 0), (13, 1), (14, 0)]


def test_records_without_a_clock_are_dated_by_their_boot(
    connection: Connection, meter: Meter
) -> None:
    """Up 60 s at NOW - 5940, so the boot began at NOW - 6000."""
    undated = [record(n, t=None, tq=0) for n in (1, 2)]
    assert write(connection, batch_of(*undated))[0].refused == 2
    hello = {"v": 1, "id": SERIAL, "boot": 1}
    anchor = {"boot": 1, "up_s": 60, "t": int(NOW_S) - 5940}
    payload = json.dumps(hello | {"anchor": anchor}).encode()
    write(connection, Envelope(f"cw/v1/{SERIAL}/hello", payload, NOW_S), batch_of(*undated))
    ends = connection.execute("SELECT extract(epoch FROM end_utc)::int FROM readings ORDER BY n")
    assert [end_s for (end_s,) in ends] == [int(NOW_S) - 5940, int(NOW_S) - 5880]


def test_a_dated_record_dates_its_batch_and_the_date_stays(
    connection: Connection, meter: Meter
) -> None:
    """Sent again beside a record whose clock has drifted, a record keeps its first date."""
    write(connection, batch_of(record(1, t=None), record(2)))
    drifted = record(3, t=int(NOW_S) - 6000 + 60 * 3 + 7)
    write(connection, batch_of(record(1, t=None), drifted))
    assert numbers(connection) == [1, 2, 3]


def test_a_meter_registered_later_is_let_in(connection: Connection) -> None:
    writer = BatchWriter()
    assert writer.write(connection, [batch_of(record(1))], NOW_S) == []
    meters.add_meter(connection, SERIAL)
    assert len(writer.write(connection, [batch_of(record(1))], NOW_S)) == 1
    assert numbers(connection) == [1]


def test_live_power_and_farewell_are_signs(connection: Connection, meter: Meter) -> None:
    live = json.dumps({"v": 1, "t": int(NOW_S) - 2, "p_w": 1234}).encode()
    write(connection, Envelope(f"cw/v1/{SERIAL}/live", live, NOW_S))
    sign = meters.last_sign(connection, meter.meter_id)
    assert sign is not None
    assert (sign.power_w, sign.online) == (1234, True)
    write(connection, Envelope(f"cw/v1/{SERIAL}/status", b'{"v":1,"s":"offline"}', NOW_S))
    sign = meters.last_sign(connection, meter.meter_id)
    assert sign is not None
    assert (sign.power_w, sign.online) == (1234, False)
