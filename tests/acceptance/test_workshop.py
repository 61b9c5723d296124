"""A meter's first day, through the real broker and the real web server."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx2
import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from commonwatt.catalogue.steps import shipped_steps
from commonwatt.errors import ClaimError
from commonwatt.storage.meters import find_meter, last_sign
from commonwatt.storage.openings import open_workshop
from commonwatt.storage.pool import connect
from commonwatt.storage.tickets import look_after_meters
from tests.acceptance.conftest import await_true
from tests.storage.workshops import good_lines, order, redeem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonwatt.storage.openings import AllottedKit, Handover
    from tests.acceptance.conftest import Service


@pytest.fixture
def handover(service: Service) -> Handover:
    now_utc = datetime.now(UTC)
    with connect(service.postgres.url) as connection:
        return open_workshop(connection, order(held_on=now_utc.date()), now_utc)


@pytest.fixture
def meter(service: Service, handover: Handover) -> Iterator[mqtt.Client]:
    """The kit's own program; it tries to connect until the broker knows its name."""
    (kit,) = handover.kits
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=kit.serial)
    client.username_pw_set(kit.serial, kit.secret)
    client.reconnect_delay_set(1, 1)
    client.connect(*service.address)
    client.loop_start()
    yield client
    client.disconnect()
    client.loop_stop()


def say(client: mqtt.Client, kit: AllottedKit, kind: str, **body: Any) -> None:
    payload = json.dumps({"v": 1, "id": kit.serial, **body})
    client.publish(f"cw/v1/{kit.serial}/{kind}", payload, qos=1).wait_for_publish(10)


def post(service: Service, token: str, path: str, **form: str) -> str:
    headers = {"authorization": f"Bearer {token}"}
    with httpx2.Client(base_url=service.web_url, headers=headers, timeout=30) as client:
        answer = client.post(path, data=form)
    assert answer.status_code == 303, answer.text[:300]
    return answer.headers["location"]


def test_from_a_printed_label_to_a_live_meter(
    service: Service, handover: Handover, meter: mqtt.Client
) -> None:
    (kit,) = handover.kits
    time.sleep(2)
    assert not meter.is_connected(), "a meter without a name has no place at the broker"
    for step in shipped_steps("led"):
        post(service, kit.maker_token, f"/kit/steps/{step.key}", done="yes")
    await_true(meter.is_connected)
    told = [
        {"k": t.key, "ok": t.ok} | ({} if t.value is None else {"val": t.value})
        for t in good_lines()
    ]
    run = {"fw": "commonwatt-meter 0.1.0", "run": str(uuid4()), "bench": "bench-1"}
    say(meter, kit, "selftest", **run, tests=told, ok=True)
    await_true(lambda: "Test passed!" in service.ask(kit.maker_token, "/kit/bench", lang="en").text)
    stage = f"/workshop/kits/{kit.serial}/stage"
    assert "refused" not in post(service, handover.facilitator_token, stage, stage="tested")
    passport = service.ask(kit.maker_token, "/kit/passport.json").json()
    assert passport["selftest"]["run"] == run["run"]
    claim_and_measure(service, kit, meter)


def claim_and_measure(service: Service, kit: AllottedKit, meter: mqtt.Client) -> None:
    """Nobody claims it from afar; after a press of its button one does, and it goes live."""
    with connect(service.postgres.url) as connection:
        with pytest.raises(ClaimError, match="no_proof"):
            redeem(connection, kit.claim_code, datetime.now(UTC))
        say(meter, kit, "event", boot=1, up_s=9, code="button")

        def is_there() -> bool:
            row = connection.execute("SELECT count(*) FROM presences").fetchone()
            return row == (1,)

        await_true(is_there)
        claimed = redeem(connection, kit.claim_code, datetime.now(UTC))
        assert (claimed.serial, claimed.state) == (kit.serial, "claimed")
        record = {"n": 1, "t": int(time.time()) + 5, "tq": 2, "up_s": 60, "d_s": 60, "e_wh": 7}
        say(meter, kit, "readings", log="9f3a61c2", boot=1, src="led", r=[record])

        def is_live() -> bool:
            look_after_meters(connection, datetime.now(UTC))
            found = find_meter(connection, kit.serial)
            return found is not None and found.state == "live"

        await_true(is_live)
        assert last_sign(connection, claimed.meter_id) is not None
