"""What an ingest process tells about itself: what became of messages and records, and how it keeps up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonwatt.operations.exposition import Metric, counter, gauge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.batch import BatchWriter
    from ingest.columns import Opened
    from ingest.inbox import Inbox

Values = dict[tuple[str, ...], float]


@dataclass(slots=True)
class Pulse:
    """How the service keeps up; written by the thread that writes batches, read by whoever asks."""

    is_database_here: bool = False
    is_broker_here: bool = False
    commits: int = 0
    commit_s: float = 0.0
    committed_s: float = 0.0
    lag_s: float = 0.0

    def note_commit(self, batch: Sequence[Opened], begun_s: float, now_s: float) -> None:
        """Note a batch that is in the database, and how long its first message had waited for it."""
        self.commits += 1
        self.commit_s += now_s - begun_s
        self.committed_s = now_s
        self.lag_s = now_s - batch[0].envelope.received_s


def tell(pulse: Pulse, inbox: Inbox, writer: BatchWriter) -> list[Metric]:
    """The figures of this moment; no meter and no home is in them."""
    outcomes, became = dict(writer.outcomes), dict(writer.records)
    messages: Values = {(outcome,): count for outcome, count in outcomes.items()}
    records: Values = {(outcome, reason): n for (outcome, reason), n in became.items()}
    return [
        Metric(
            "commonwatt_ingest_messages_total",
            "counter",
            "Messages by what became of them.",
            messages,
            ("outcome",),
        ),
        Metric(
            "commonwatt_ingest_records_total",
            "counter",
            "Records by what became of them, and why.",
            records,
            ("outcome", "reason"),
        ),
        counter("commonwatt_ingest_commits_total", "Batches committed.", pulse.commits),
        counter(
            "commonwatt_ingest_commit_seconds_total",
            "Time spent on writing and committing batches.",
            pulse.commit_s,
        ),
        gauge(
            "commonwatt_ingest_last_commit_timestamp_seconds",
            "When the last batch was committed; 0 before the first.",
            pulse.committed_s,
        ),
        gauge(
            "commonwatt_ingest_lag_seconds",
            "From a message's arrival to its commit, of the last batch.",
            pulse.lag_s,
        ),
        gauge("commonwatt_ingest_queue_messages", "Messages not written yet.", len(inbox)),
        gauge(
            "commonwatt_ingest_database_connected",
            "Whether the database answers this process.",
            pulse.is_database_here,
        ),
        gauge(
            "commonwatt_ingest_broker_connected",
            "Whether this process is connected to the broker.",
            pulse.is_broker_here,
        ),
    ]
