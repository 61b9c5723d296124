"""The service's edge to the broker: what it makes of a message before anything is read."""

from __future__ import annotations

import pytest
from paho.mqtt.client import MQTTMessage

from ingest.service import IngestService, Limits, Source


def arrive(service: IngestService, topic: bytes) -> None:
    message = MQTTMessage(mid=1, topic=topic)
    message.payload = b"{}"
    service._on_message(service._client, None, message)


@pytest.mark.parametrize(("topic", "told"), [(b"cw/v1/a/b", "cw/v1/a/b"), (b"cw/\xff", "")])
def test_a_topic_that_is_not_text_stops_nothing(topic: bytes, told: str) -> None:
    service = IngestService("postgresql://nowhere", Source("127.0.0.1", 1, "ingest", ""))
    arrive(service, topic)
    assert service._arrivals.get_nowait().envelope.topic == told


def test_a_full_queue_waits_until_the_service_stops() -> None:
    limits = Limits(queued_messages=1)
    service = IngestService("postgresql://nowhere", Source("127.0.0.1", 1, "ingest", ""), limits)
    arrive(service, b"first")
    service.stop()
    arrive(service, b"second")
    assert service._arrivals.get_nowait().envelope.topic == "first"
    assert service._arrivals.empty(), "what found no room is left to the broker, unacknowledged"
