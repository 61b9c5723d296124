"""The outbox by itself: rooms, receipts, and when to say a message again."""

from __future__ import annotations

import random
import threading

from hypothesis import given
from hypothesis import strategies as st

from commonwatt.demo.outbox import BackOff, Outbox, Tally
from commonwatt.recordings.payloads import Outgoing

BACK_OFF = BackOff(5, 600)


def batch(first_n: int, log: str = "9f3a61c2", records: int = 30) -> Outgoing:
    return Outgoing(log, 1, first_n, first_n + records - 1, 0, 0, b"{}")


def outbox(window: int, *messages: Outgoing) -> Outbox:
    made = Outbox(window, BACK_OFF, random.Random(1))
    assert all(made.add(message, 0) for message in messages)
    return made


def held(box: Outbox) -> list[int]:
    box.make_all_due()
    return [message.first_n for message in box.take_due(0)]


@given(st.integers(1, 2000), st.integers(0, 2**32))
def test_waits_double_up_to_the_longest(attempt: int, seed: int) -> None:
    wait_s = BACK_OFF.wait_s(attempt, random.Random(seed))
    assert 5 <= wait_s <= min(600, 5 * 2 ** min(attempt, 10))


def test_waits_are_spread_over_their_whole_range() -> None:
    rng = random.Random(1)
    waits_s = [BACK_OFF.wait_s(20, rng) for _ in range(1000)]
    assert min(waits_s) < 30
    assert max(waits_s) > 575


def test_message_is_due_at_once_and_again_after_growing_waits() -> None:
    box = outbox(1, batch(1))
    now_s, waits_s = 100.0, []
    for _ in range(12):
        assert len(box.take_due(now_s)) == 1
        assert box.take_due(now_s) == []
        due_s = box.next_due_s()
        assert due_s is not None
        waits_s.append(due_s - now_s)
        now_s = due_s
    assert 5 <= waits_s[0] <= 10
    assert max(waits_s) > 60
    assert box.tally == Tally(sent=30, resent=330)


def test_no_more_than_the_window_is_held() -> None:
    box = outbox(2, batch(1), batch(31))
    assert not box.add(batch(61), 0)
    box.accept_receipt("9f3a61c2", 1, 30, 0)
    assert box.add(batch(61), 0)


def test_receipt_makes_room_for_who_waits() -> None:
    box = outbox(1, batch(1))
    added: list[bool] = []
    waiting = threading.Thread(target=lambda: added.append(box.add(batch(31), 10)))
    waiting.start()
    box.accept_receipt("9f3a61c2", 1, 30, 0)
    waiting.join()
    assert added == [True]


def test_receipt_frees_exactly_what_it_covers() -> None:
    box = outbox(9, batch(1), batch(31), batch(61), batch(31, log="00000001"))
    box.accept_receipt("9f3a61c2", 31, 60, 0)
    assert held(box) == [1, 61, 31]
    box.accept_receipt("9f3a61c2", 31, 89, 0)
    assert held(box) == [1, 61, 31]
    box.accept_receipt("9f3a61c2", 1, 90, 0)
    assert held(box) == [31]
    assert not box.wait_until_empty(0)
    box.accept_receipt("00000001", 31, 60, 0)
    assert box.wait_until_empty(0)
    assert box.tally.receipted == 120


def test_refused_records_are_counted_once_and_not_kept() -> None:
    box = outbox(1, batch(1))
    for _ in range(2):
        box.accept_receipt("9f3a61c2", 1, 30, 7)
    assert (box.tally.receipted, box.tally.refused) == (30, 7)
    assert box.wait_until_empty(0)


def test_span_tells_the_newest_log() -> None:
    box = outbox(9)
    assert box.span() is None
    for message in (batch(1), batch(1, log="00000001"), batch(31, log="00000001")):
        box.add(message, 0)
    span = box.span()
    assert span
    assert (span.newest.log, span.oldest_n, span.newest.last_n) == ("00000001", 1, 60)
    box.accept_receipt("00000001", 1, 60, 0)
    span = box.span()
    assert span
    assert (span.oldest_n, span.newest.last_n) == (31, 60)
