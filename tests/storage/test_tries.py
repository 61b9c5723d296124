"""The throttle: so many tries and no more, also of fifty at the same moment."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from commonwatt.access import Audience
from commonwatt.storage import removal
from commonwatt.storage.links import make_link
from commonwatt.storage.pool import connect
from commonwatt.storage.sessions import LINK_LIFE, begin_link_session, end_session, find_session
from commonwatt.storage.tries import MOST_TRIES, TRIES_WITHIN, are_spent, spend_try

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection

NOW_UTC = datetime(2026, 3, 12, 14, 0, tzinfo=UTC)


def test_tries_run_out_and_come_back(connection: Connection) -> None:
    assert all(spend_try(connection, "mine", NOW_UTC) for _ in range(MOST_TRIES))
    assert are_spent(connection, "mine", NOW_UTC)
    assert not spend_try(connection, "mine", NOW_UTC)
    assert spend_try(connection, "another's", NOW_UTC)
    later_utc = NOW_UTC + TRIES_WITHIN
    assert not are_spent(connection, "mine", later_utc)
    assert spend_try(connection, "mine", later_utc)


def test_of_fifty_at_once_no_more_pass_than_may(connection: Connection, database: str) -> None:
    barrier = threading.Barrier(50)
    allowed: list[bool] = []

    def run() -> None:
        with connect(database) as own:
            barrier.wait()
            allowed.append(spend_try(own, "mine", NOW_UTC))

    threads = [threading.Thread(target=run) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(allowed), sum(allowed)) == (50, MOST_TRIES)
    assert connection.execute("SELECT count(*) FROM tries").fetchone() == (MOST_TRIES,)


def test_retention_forgets_what_has_ended(connection: Connection) -> None:
    spend_try(connection, "mine", NOW_UTC)
    link = make_link(connection, Audience.OPERATOR, 0, NOW_UTC)
    ended, lasting = (begin_link_session(connection, link, NOW_UTC) for _ in range(2))
    end_session(connection, ended, NOW_UTC)
    removal.remove_old(connection, NOW_UTC + timedelta(hours=1))
    assert find_session(connection, lasting, NOW_UTC) is not None
    assert counts(connection) == (1, 1)
    removal.remove_old(connection, NOW_UTC + LINK_LIFE)
    assert counts(connection) == (0, 0)


def counts(connection: Connection) -> tuple[int, ...] | None:
    return connection.execute(
        "SELECT (SELECT count(*) FROM sessions), (SELECT count(*) FROM tries)"
    ).fetchone()
