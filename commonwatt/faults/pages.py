"""The table of campaigns: what was broken, and what it cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonwatt.studies.pages import table

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Sequence

    from commonwatt.faults.backlog import BacklogOutcome
    from commonwatt.faults.campaign import Outcome
    from commonwatt.faults.rogues import FloodOutcome, SpoofOutcome
    from commonwatt.faults.soak import SoakOutcome

HEAD = (
    "what breaks", "seed", "faults", "records sent", "sent again", "stored", "put aside", "lost or changed",
    "doubled or foreign", "other breaches", "healed after", "ingest at most",
)  # fmt: skip


def describe(outcomes: Sequence[Outcome]) -> str:
    return table(HEAD, [_row(outcome) for outcome in outcomes])


def describe_floods(outcomes: Sequence[FloodOutcome]) -> str:
    head = ("flood", "cut for good after", "messages written", "honest receipts, median", "99th percentile", "honest sent", "receipted")  # fmt: skip
    rows = [
        [
            each.name,
            f"{each.cut_after_s:.2f} s",
            f"{each.flooded:,}",
            f"{1000 * each.honest_p50_s:.0f} ms",
            f"{1000 * each.honest_p99_s:.0f} ms",
            f"{each.honest_sent:,}",
            f"{each.honest_receipted:,}",
        ]
        for each in outcomes
    ]
    return table(head, rows)


def describe_spoofing(outcomes: Sequence[SpoofOutcome]) -> str:
    head = ("MQTT", "pairs", "messages for others", "foreign rows", "own rows", "overheard")
    rows = [
        [
            each.version,
            *(f"{number:,}" for number in (each.pairs, each.attempts, each.foreign_rows)),
            *(f"{number:,}" for number in (each.own_rows, each.overheard)),
        ]
        for each in outcomes
    ]
    return table(head, rows)


def describe_backlog(outcome: BacklogOutcome) -> str:
    head = ("database away", "records said", "stored", "live again after", "ingest at most", "broker at most")  # fmt: skip
    row = [
        f"{outcome.away_s} s",
        f"{outcome.sent:,}",
        f"{outcome.stored:,}",
        f"{outcome.live_after_s:.1f} s",
        f"{outcome.most_ingest_mb:.0f} MB",
        f"{outcome.most_broker_mb:.0f} MB",
    ]
    return table(head, [row])


def describe_soak(outcome: SoakOutcome) -> str:
    head = ("lasted", "faults", "records said", "stored", "ingest at most", "broker at most", "ingest grew")  # fmt: skip
    slope = outcome.slope_mb_per_h
    row = [
        f"{outcome.lasted_s} s",
        f"{outcome.faults}",
        f"{outcome.sent:,}",
        f"{outcome.stored:,}",
        f"{outcome.most_ingest_mb:.0f} MB",
        f"{outcome.most_broker_mb:.0f} MB",
        "too short to tell" if slope is None else f"{slope:+.2f} MB/h",
    ]
    return table(head, [row])


def describe_payloads(outcomes: Counter[str]) -> str:
    rows = [[name, f"{count:,}"] for name, count in outcomes.most_common()]
    return table(("what became of the message", "messages"), rows)


def _row(outcome: Outcome) -> list[str]:
    def count(*breaches: str) -> int:
        return sum(each.count for each in outcome.violations if each.breach in breaches)

    faults = ", ".join(f"{number} {name}" for name, number in sorted(outcome.faults.items()))
    healed = f"{outcome.heal_s:.1f} s" if outcome.all_receipted else "never"
    return [
        outcome.kind.value,
        str(outcome.seed),
        faults,
        f"{outcome.tally.sent:,}",
        f"{outcome.tally.resent:,}",
        f"{outcome.stored:,}",
        f"{outcome.put_aside:,}",
        str(count("lost", "changed")),
        str(count("doubled", "foreign")),
        str(count("unexplained", "stale")),
        healed,
        f"{outcome.most_ingest_mb:.0f} MB",
    ]
