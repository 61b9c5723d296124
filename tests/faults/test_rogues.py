"""Meters that mean harm cost their neighbours nothing."""

from __future__ import annotations

from commonwatt.faults.pages import describe_floods, describe_spoofing
from commonwatt.faults.rogues import FLOODS, run_floods, run_spoofings


def test_a_flooder_is_cut_and_nobody_else_feels_it() -> None:
    """In the least disturbed of three runs, for other tests share the cores."""
    for _ in range(3):
        outcomes = run_floods()
        if all(each.is_clean for each in outcomes):
            break
    assert [outcome.name for outcome in outcomes] == [flood.name for flood in FLOODS]
    for outcome in outcomes:
        assert outcome.flooded > 500, "that was no flood"
        assert outcome.honest_sent > 100
        assert outcome.honest_receipted == outcome.honest_sent
        assert outcome.cut_after_s <= 1.0, outcome
        assert outcome.honest_p99_s <= 0.25, outcome
    assert "garbage" in describe_floods(outcomes)


def test_nobody_can_speak_for_another() -> None:
    """Each ordered pair of twenty meters, by every trick, over MQTT 3.1.1 and 5."""
    outcomes = run_spoofings(20)
    assert [outcome.version for outcome in outcomes] == ["3.1.1", "5"]
    for outcome in outcomes:
        assert outcome.pairs == 380
        assert outcome.attempts == 8 * 380
        assert outcome.own_rows == 20
        assert (outcome.foreign_rows, outcome.overheard) == (0, 0)
    assert "| 5 | 380 | 3,040 | 0 | 20 | 0 |" in describe_spoofing(outcomes)
