"""Whatever is sent is stored, heard or refused under a reason that has words, and counted once."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest

from commonwatt.faults.hostile import MOST_BYTES, Example, read_examples, spoil_examples
from commonwatt.faults.payloads import START_S, say_hostile_messages
from ingest.adapters import LANGUAGES, v1
from ingest.sorting import HEARD, STORED
from ingest.validate import MAX_FUTURE_S, MAX_POWER_W, MAX_REGISTER_WH

if TYPE_CHECKING:
    from commonwatt.storage.pool import Connection

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "firmware_docs" / "payloads"
WORDS = (ROOT / "dashboards" / "locales" / "en" / "messages.po").read_text("utf-8")
CODES = set(re.findall(r'msgid "refusal\.(\w+)"', WORDS))
COUNT = 6_000


@pytest.mark.parametrize("seed", [20131123, 20261123])
def test_every_message_is_counted_once(connection: Connection, seed: int) -> None:
    outcomes = say_hostile_messages(connection, PAGES, seed, COUNT)
    assert sum(outcomes.values()) == COUNT
    assert set(outcomes) - {STORED, HEARD} <= CODES - {"adapter_failed"}
    assert outcomes[STORED] > 0
    assert len(outcomes) > 8, "the messages are not hostile in enough ways"
    refused = COUNT - outcomes[STORED] - outcomes[HEARD]
    (kept,) = connection.execute("SELECT count(*) FROM quarantine").fetchone() or (0,)
    assert kept >= refused


def test_no_absurd_row_gets_in(connection: Connection) -> None:
    say_hostile_messages(connection, PAGES, 7, COUNT)
    rows = connection.execute(
        "SELECT extract(epoch FROM end_utc)::float8, duration_s, register_wh, power_w, apparent_va FROM readings"
    ).fetchall()
    assert rows
    for end_s, duration_s, *values in rows:
        assert START_S - 400 * 86_400 <= end_s <= START_S + COUNT + MAX_FUTURE_S
        assert 1 <= duration_s <= 86_400
        register_wh, *powers = values
        assert register_wh is None or 0 <= register_wh <= MAX_REGISTER_WH
        assert all(each is None or abs(each) <= MAX_POWER_W for each in powers)


def test_a_record_that_is_no_text_costs_only_itself() -> None:
    payload = (
        b'{"v":1,"id":"cw-7k3f9qx","log":"9f3a61c2","boot":1,"src":"led","r":['
        b'{"n":1,"t":1790000000,"tq":2,"up_s":60,"d_s":60,"e_wh":1},'
        b'{"n":2,"t":1790000060,"tq":2,"up_s":120,"d_s":60,"\xf8":1}]}'
    )
    message = v1.parse("cw/v1/cw-7k3f9qx/readings", payload)
    assert [reading.n for reading in message.readings] == [1]
    assert [fault.code for fault in message.faulty] == ["wrong_shape"]


def test_the_same_seed_sends_the_same_messages() -> None:
    examples = [Example("a/b", b'{"power": 12, "more": [1, {"x": 2}]}'), Example("a", b"12.5")]
    first, again, other = (list(spoil_examples(Random(seed), examples, 400)) for seed in (1, 1, 2))
    assert first == again != other
    assert max(len(each.payload) for each in first) <= MOST_BYTES
    assert sum(each.payload not in {e.payload for e in examples} for each in first) > 360


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_samples(language: str) -> None:
    examples = read_examples(PAGES / f"{language}.md", "place")
    assert examples
    assert {each.topic.split("/")[0] for each in examples} == {"place"}
