"""The service's edge to the broker: what it listens to, and what it makes of odd topics."""

from __future__ import annotations

import pytest
from paho.mqtt.client import MQTTMessage

from commonwatt.servers.credentials import METER_WRITES
from ingest.inbox import Inbox
from ingest.packets import Publish
from ingest.receive import BufferedClient, PatientClient, Source
from ingest.service import topics_of

SOURCE = Source("127.0.0.1", 1, "ingest", "")


@pytest.mark.parametrize(("topic", "told"), [(b"cw/v1/a/b", "cw/v1/a/b"), (b"cw/\xff", "")])
@pytest.mark.parametrize("kind", [PatientClient, BufferedClient])
def test_a_topic_that_is_not_text_stops_nothing(
    kind: type[PatientClient], topic: bytes, told: str
) -> None:
    inbox = Inbox(10, 1000)
    client = kind(SOURCE, inbox, 10)
    if isinstance(client, BufferedClient):
        client._hand_over([Publish(topic, b"{}", 1, 1, False)])
    else:
        client._take(client, None, MQTTMessage(mid=1, topic=topic))
    assert inbox.take(1, 1, 0)[0].envelope.topic == told


def test_a_service_alone_hears_everything() -> None:
    assert topics_of(0) == [f"cw/v1/+/{kind}" for kind in METER_WRITES]


def test_workers_hear_between_them_everything_a_meter_may_say() -> None:
    kinds = {topic.rpartition("/")[2] for topic in topics_of(3)}
    assert kinds == set(METER_WRITES)
    plain = {topic for topic in topics_of(3) if not topic.startswith("$share/")}
    assert plain == {"cw/v1/+/hello", "cw/v1/+/status"}
