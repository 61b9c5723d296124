"""What waits is bounded in messages and in bytes, and leaves in its order."""

from __future__ import annotations

import threading

from ingest.inbox import Arrival, Inbox
from ingest.sorting import Envelope


def arrivals(*sizes_bytes: int) -> list[Arrival]:
    return [
        Arrival(Envelope("t", bytes(size_bytes), 0.0), mid, 1, 1)
        for mid, size_bytes in enumerate(sizes_bytes, start=1)
    ]


def test_what_is_put_leaves_in_order_and_in_batches() -> None:
    inbox = Inbox(10, 1000)
    inbox.put(arrivals(1, 2, 3, 4, 5))
    assert inbox.take(2, 100, 0) == arrivals(1, 2)
    assert [a.mid for a in inbox.take(9, 6, 0)] == [3, 4], "and the one that goes beyond"
    assert [a.mid for a in inbox.take(9, 6, 0)] == [5]
    assert inbox.take(9, 6, 0) == []


def test_it_is_full_by_number_or_by_size() -> None:
    inbox = Inbox(3, 100)
    inbox.put(arrivals(0, 0))
    assert inbox.await_room(0)
    inbox.put(arrivals(0))
    assert not inbox.await_room(0)
    inbox.take(3, 100, 0)
    inbox.put(arrivals(100))
    assert not inbox.await_room(0)


def test_who_waits_is_woken() -> None:
    inbox = Inbox(1, 100)
    found: list[Arrival] = []
    taker = threading.Thread(target=lambda: found.extend(inbox.take(1, 1, 30)))
    taker.start()
    inbox.put(arrivals(7))
    taker.join(10)
    assert found == arrivals(7)


def test_a_batch_waits_by_number_or_by_size() -> None:
    inbox = Inbox(100, 1000)
    assert not inbox.holds(1, 1)
    inbox.put(arrivals(5, 5))
    assert inbox.holds(2, 1000)
    assert inbox.holds(100, 10)
    assert not inbox.holds(3, 11)


def test_it_waits_for_many_and_no_longer_than_told() -> None:
    inbox = Inbox(100, 1000)
    inbox.put(arrivals(1))
    inbox.await_many(2, 100, 0.01)
    waiter = threading.Thread(target=inbox.await_many, args=(2, 100, 30))
    waiter.start()
    assert waiter.is_alive(), "one is not many"
    inbox.put(arrivals(1))
    waiter.join(10)
    assert not waiter.is_alive()
