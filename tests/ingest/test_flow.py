"""A loop is stopped, a backlog is not."""

from __future__ import annotations

import pytest

from ingest.flow import BURST_S, MESSAGES_PER_S, MOUNTED_TIMES, Flow

T0 = 1_790_000_000.0
BURST = MESSAGES_PER_S * BURST_S


def spend(flow: Flow, messages: int, now_s: float, *, is_mounted: bool = False) -> float:
    flow.look(now_s)
    left = flow.balance("one", messages, now_s, is_mounted=is_mounted)
    flow.keep({"one": left}, now_s)
    return left


def test_a_burst_is_let_through_and_no_more() -> None:
    assert spend(Flow(), int(BURST), T0) == 0
    assert spend(Flow(), int(BURST) + 1, T0) == -1


def test_tokens_come_with_time_up_to_the_burst() -> None:
    flow = Flow()
    spend(flow, int(BURST), T0)
    assert spend(flow, 5, T0 + 1) == 0
    assert spend(flow, 0, T0 + 1.9) == pytest.approx(0.9 * MESSAGES_PER_S)
    for second in range(3, 600):
        spend(flow, 0, T0 + second)
    assert spend(flow, 1, T0 + 600) == BURST - 1


def test_a_clock_that_goes_back_gives_nothing_and_takes_nothing() -> None:
    flow = Flow()
    spend(flow, 10, T0)
    assert spend(flow, 1, T0 - 100) == BURST - 11


def test_too_much_leaves_nothing_for_later_but_no_debt() -> None:
    flow = Flow()
    spend(flow, 10_000, T0)
    assert spend(flow, 0, T0 + 1) == MESSAGES_PER_S


def test_a_meter_of_another_language_may_say_ten_times_as_much() -> None:
    allowed = int(MOUNTED_TIMES * BURST)
    assert spend(Flow(), allowed, T0, is_mounted=True) == 0
    assert spend(Flow(), allowed + 1, T0, is_mounted=True) < 0


def test_what_piled_up_while_we_were_away_is_forgiven() -> None:
    """Half an hour of readings every ten seconds, brought at once."""
    flow = Flow()
    spend(flow, 1, T0)
    assert spend(flow, 180, T0 + 1800) > 0
    flow = Flow()
    for second in range(1800):
        spend(flow, 0, T0 + second)
    assert spend(flow, 180, T0 + 1800) < 0


def test_absence_before_the_process_began_counts_too() -> None:
    flow = Flow()
    flow.look(T0, T0 - 1800)
    assert spend(flow, 180, T0) > 0
    flow = Flow()
    flow.look(T0)
    assert spend(flow, 180, T0) < 0


def test_an_absence_long_ago_is_no_licence_for_a_newcomer() -> None:
    flow = Flow()
    flow.look(T0, T0 - 86_400)
    for second in range(1200):
        flow.look(T0 + second)
    assert flow.balance("new", 61, T0 + 1200, is_mounted=False) < 0


def test_who_is_shut_out_until_when() -> None:
    flow = Flow()
    flow.shut_out({"one": T0 + 10, "two": None})
    assert flow.shuts_anybody_out
    assert flow.is_shut_out("one", T0)
    assert not flow.is_shut_out("one", T0 + 10)
    assert flow.is_shut_out("two", T0 + 1e9)
    assert not flow.is_shut_out("three", T0)
    flow.shut_out({})
    assert not flow.is_shut_out("two", T0)


def test_a_service_may_allow_more() -> None:
    flow = Flow(messages_per_s=50)
    assert flow.balance("one", 600, T0, is_mounted=False) == 0
    assert flow.earned(2) == 100
