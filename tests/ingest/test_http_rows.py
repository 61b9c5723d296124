"""What is posted over HTTP, as pure functions: notations, times, rows, and nothing but reasons."""

from __future__ import annotations

import json
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonwatt.errors import PayloadError
from ingest.adapters import emoncms_http, influx_http
from ingest.adapters.emoncms_http import MAX_INFLATED_BYTES, inflate, node_of, parameters_of
from ingest.adapters.named_rows import MOST_ROWS, Row, clean, hear, shift_s

NOW_S = 1_790_000_000


def bulk(data: str, **parameters: str) -> list[Row]:
    return emoncms_http.rows_of_bulk({"data": data, **parameters}, NOW_S)


def post(**parameters: str) -> Row:
    (row,) = emoncms_http.rows_of_post(parameters, "n", NOW_S)
    return row


def told(rows: list[Row], memory: dict[str, object] | None = None) -> list[Any]:
    """Readings as (end, quantities), refusals as codes."""
    found: list[Any] = []
    for each in hear(rows, {} if memory is None else memory, NOW_S):
        reading = each.reading
        if reading:
            assert reading.end_s is not None
            values = (reading.register_wh, reading.power_w, reading.apparent_va)
            found.append((reading.end_s - NOW_S, *values))
        else:
            found.append(each.fault.code if each.fault else "")
    return found


@pytest.mark.parametrize(
    ("parameters", "values"),
    [
        ({"json": "{power1:100,power2:200}"}, {"power1": "100", "power2": "200"}),
        ({"json": '{"power1":100}'}, {"power1": "100"}),
        ({"data": "{power1:1.5e2}"}, {"power1": "1.5e2"}),
        ({"csv": "100,200,300"}, {"1": "100", "2": "200", "3": "300"}),
        ({"csv": "100,null,-3"}, {"1": "100", "2": None, "3": "-3"}),
        ({"fulljson": '{"a b":1,"c":null}'}, {"a b": 1, "c": None}),
        ({"json": "{HHPHC:A,PAPP:170}"}, {"HHPHC": "A", "PAPP": "170"}),
    ],
)
def test_each_notation_of_a_post(parameters: dict[str, str], values: dict[str, Any]) -> None:
    assert post(**parameters).values == values


@pytest.mark.parametrize(
    ("parameters", "word"),
    [
        ({}, "no data"),
        ({"json": ""}, "no data"),
        ({"json": "{a:b}"}, "not numeric"),
        ({"json": "{:5}"}, "key missing"),
        ({"csv": "x"}, "not numeric"),
        ({"fulljson": "{"}, "Error decoding"),
        ({"fulljson": "[" * 100_000}, "Error decoding"),
        ({"fulljson": "[1]"}, "must be a JSON object"),
    ],
)
def test_a_post_that_cannot_be_read(parameters: dict[str, str], word: str) -> None:
    with pytest.raises(PayloadError, match=word):
        post(**parameters)


@pytest.mark.parametrize(
    ("time", "at_s"),
    [
        (str(NOW_S), NOW_S),
        (f"{NOW_S}.7", NOW_S + 0.7),
        ("2026-09-21T14:13:20Z", NOW_S),
        ("2026-09-21T16:13:20+02:00", NOW_S),
        ("2026-09-21T16:13:20 02:00", NOW_S),
        ("2026-10-25T02:30:00", None),
        ("noon", None),
        ("1e999", None),
        ("9" * 50, None),
    ],
)
def test_a_time_is_seconds_or_says_its_offset(time: str, at_s: float | None) -> None:
    """A `+` in an address that was not escaped arrives as a space."""
    row = post(json="p1:5", time=time)
    within = post(fulljson=json.dumps({"p1": 5, "Time": time}))
    assert row.at_s == within.at_s == at_s
    assert (row.fault.code if row.fault else None) == (None if at_s else "undated")
    assert "Time" not in within.values


BULK = "[[0,16,1137],[2,16,1437],[10,16,1412]]"


@pytest.mark.parametrize(
    ("parameters", "ends_s"),
    [
        ({}, [-10, 0]),
        ({"offset": "-10"}, [10, 20]),
        ({"sentat": "20"}, [-20, -10]),
        ({"time": str(NOW_S - 50)}, [-50, -40]),
        ({"time": str(NOW_S - 50), "sentat": "20"}, [-20, -10]),
    ],
)
def test_each_way_to_count_times(parameters: dict[str, str], ends_s: list[int]) -> None:
    """Rows at 0, 2 and 10 s; of two in the same ten seconds the first is kept."""
    found = told(bulk(BULK, **parameters), {"units": {"1": "W"}})
    assert found == [(ends_s[0], None, 1137, None), (ends_s[1], None, 1412, None)]


@pytest.mark.parametrize(
    ("behind_s", "at_s"), [(0, 0), (60, 0), (-60, 0), (61, 61), (3600, 3600), (-7200, -7200)]
)
def test_sentat_corrects_a_clock_and_not_the_way(behind_s: int, at_s: int) -> None:
    (row,) = bulk(f"[[{NOW_S},1,5]]", sentat=str(NOW_S - behind_s))
    assert row.at_s == NOW_S + at_s


@pytest.mark.parametrize(
    "data", ["", "7", "[]", "[[1,2", "[[]]", "[7]", "[" * 100_000, '[["x",1,2]]', '{"a":1}']
)
def test_a_bulk_that_cannot_be_read(data: str) -> None:
    with pytest.raises(PayloadError, match="Format error"):
        bulk(data)
    with pytest.raises(PayloadError, match="Format error"):
        bulk("[[1,2,3]]", time="noon")


def test_places_of_values_stay_and_names_take_none() -> None:
    (row,) = bulk('[[1,"n",5,null,"",{"power":1412,"x":2},"7"]]')
    assert row.values == {"1": 5, "2": None, "3": None, "power": 1412, "x": 2, "4": "7"}


def test_rows_too_short_tell_nothing_and_bad_ones_cost_only_themselves() -> None:
    rows = bulk('[7,[1],[1,2],["x",1,2],[1,{},3],[1,[2],3],[5,1,{"p1":5}]]', time="0")
    assert [row.fault.code if row.fault else "" for row in rows] == [
        "wrong_shape",
        "undated",
        "wrong_shape",
        "wrong_shape",
        "",
    ]


def test_bounds() -> None:
    assert len(bulk("[" + "[1,2,3]," * (MOST_ROWS - 1) + "[1,2,3]]")) == MOST_ROWS
    with pytest.raises(PayloadError, match="Too many"):
        bulk("[" + "[1,2,3]," * MOST_ROWS + "[1,2,3]]")
    assert len(inflate(zlib.compress(b" " * MAX_INFLATED_BYTES))) == MAX_INFLATED_BYTES
    for packed, gzip in (
        (zlib.compress(b" " * 10**7), False),
        (zlib.compress(b" " * 10**7, wbits=31), True),
    ):
        with pytest.raises(PayloadError) as raised:
            inflate(packed, gzip=gzip)
        assert raised.value.code == "too_large"
    with pytest.raises(PayloadError, match="Format error"):
        inflate(zlib.compress(b"[[1,2,3]]" * 50)[:-8])
    with pytest.raises(PayloadError, match="parameters"):
        parameters_of("", b"x=1&" * 50)


def test_parameters_come_from_both_places_and_both_compressions() -> None:
    assert parameters_of("a=1&b=2", b"b=3&c=%5B") == {"a": "1", "b": "3", "c": "["}
    packed = zlib.compress(b"[[1,2,3]]")
    assert parameters_of("cb=1&sentat=5", packed)["data"] == "[[1,2,3]]"
    assert parameters_of("", b"c=1&data=" + packed.hex().encode())["data"] == "[[1,2,3]]"
    with pytest.raises(PayloadError, match="hexadecimal"):
        parameters_of("c=1&data=xyz", b"")


def test_names_of_nodes_are_cleaned_as_emoncms_does() -> None:
    assert [node_of(name) for name in ("emonTx4", 'a"<b>/c', "", "\u00e9-1 .x")] == [
        "emonTx4",
        "abc",
        "0",
        "\u00e9-1 .x",
    ]


def test_a_register_that_begins_anew_is_a_new_boot() -> None:
    memory: dict[str, object] = {}
    boots = []
    for n, wh in enumerate((5000, 5001, 0, 3, 2)):
        heard = hear([Row({"e1": wh}, NOW_S - 100 + 10 * n)], memory, NOW_S)
        boots += [each.reading.boot for each in heard if each.reading]
    # It fell by half and more once; from 3 to 2 it trembles.
    assert boots == [1, 1, 2, 2, 2]


def test_a_message_counter_that_falls_explains_any_fall() -> None:
    rows = [Row({"MSG": 9, "e1": 5000}, NOW_S - 50), Row({"MSG": 1, "e1": 4000}, NOW_S - 40)]
    assert [each.reading.boot for each in hear(rows, {}, NOW_S) if each.reading] == [1, 2]


def test_a_contract_s_registers_come_together_or_not_at_all() -> None:
    assert told([Row({"HCHC": 1, "HCHP": 2, "PAPP": 3}, NOW_S)]) == [(0, 3, None, 3)]
    assert told([Row({"HCHC": 1, "PAPP": 3}, NOW_S)]) == ["unclear_channels"]
    assert told([Row({"BASE": 7}, NOW_S)]) == [(0, 7, None, None)]
    assert told([Row({"HCHC": 1, "BASE": 7}, NOW_S)]) == ["unclear_channels"]


def test_a_sum_is_complete_or_not_made() -> None:
    memory: dict[str, object] = {"channels": ["p1", "p2", "e1"]}
    assert told([Row({"p1": 5, "p2": None}, NOW_S)], memory) == ["wrong_shape"]
    assert told([Row({"p1": 5, "e1": 9}, NOW_S)], memory) == [(0, 9, None, None)]
    assert told([Row({"p1": 5, "p2": 7}, NOW_S + 10)], memory) == [(10, None, 12, None)]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"p1": float("nan")}, "not_finite"),
        ({"p1": "nan"}, "not_finite"),
        ({"p1": "unavailable"}, "not_finite"),
        ({"p1": True}, "wrong_shape"),
        ({"p1": {"a": 1}}, "wrong_shape"),
        ({"p1": "x"}, "wrong_shape"),
        ({"p1": 10**400}, "wrong_shape"),
        ({"p1": 10**6}, "power_absurd"),
        ({"p1": 32767}, "power_absurd"),
        ({"e1": -1}, "register_absurd"),
        ({"1": 5}, "unknown_unit"),
        ({"p1": 1, "p2": 2}, "unclear_channels"),
    ],
)
def test_what_a_row_cannot_say(values: dict[str, object], code: str) -> None:
    assert told([Row(values, NOW_S)]) == [code]


def test_something_else_is_left_out() -> None:
    assert told([Row({"temperature": 19.5}, NOW_S), Row({}, NOW_S)]) == []
    assert told([Row({"p1": 5}, NOW_S, "other")], {"node": "mine"}) == []
    named: dict[str, object] = {"node": "mine", "units": {"3": "W"}}
    assert told([Row({"temperature": 5}, NOW_S, "mine")], named) == []
    assert told([Row({"1": 5}, NOW_S, "other")], named) == []


def test_a_row_that_is_too_short_is_not_passed_over() -> None:
    named: dict[str, object] = {"node": "mine", "units": {"3": "W"}}
    assert told([Row({"1": 5, "2": 6}, NOW_S, "mine")], named) == ["wrong_shape"]


@pytest.mark.parametrize(
    "setting",
    [
        {"interval_s": 0},
        {"interval_s": 3601},
        {"interval_s": True},
        {"interval_s": "10"},
        {"stamps": "middle"},
        {"stamps": ["start"]},
    ],
)
def test_settings_that_cannot_be_used_are_said(setting: dict[str, object]) -> None:
    with pytest.raises(PayloadError):
        shift_s(setting | {"stamps": setting.get("stamps", "start")})
    assert told([Row({"p1": 5}, NOW_S)], setting) == ["wrong_shape"]


def test_rows_that_come_out_of_order_are_each_themselves() -> None:
    memory: dict[str, object] = {}
    later = told([Row({"p1": 1}, NOW_S)], memory)
    earlier = hear([Row({"p1": 2}, NOW_S - 600), Row({"p1": 3}, NOW_S - 580)], memory, NOW_S)
    assert later == [(0, None, 1, None)]
    assert [each.reading.duration_s for each in earlier if each.reading] == [60, 20]


def test_what_is_kept_of_a_refused_row_does_not_say_whose_it_is() -> None:
    for written in (
        b"{ADCO:021528603314,PAPP:x}",
        b'{"adsc": "021528603314"}',
        b"PRM=021528603314",
    ):
        assert b"021528603314" not in clean(written)
    assert len(clean(b"x" * 9000)) == 500


@pytest.mark.parametrize(
    ("precision", "stamp"),
    [
        ("", f"{NOW_S}000000000"),
        ("n", f"{NOW_S}999999999"),
        ("u", f"{NOW_S}000000"),
        ("us", f"{NOW_S}999999"),
        ("ms", f"{NOW_S}999"),
        ("s", f"{NOW_S}"),
        ("m", f"{NOW_S // 60}"),
        ("h", f"{NOW_S // 3600}"),
    ],
)
def test_each_precision(precision: str, stamp: str) -> None:
    """No second is lost to the rounding of a product."""
    (row,) = influx_http.rows_of(f"home power=5i {stamp}", precision)
    step_s = {"m": 60, "h": 3600}.get(precision, 1)
    assert row.at_s is not None
    assert int(row.at_s) == NOW_S // step_s * step_s


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("mains value=5", {"mains": "5"}),
        ("home,a=b,c=d power=5,e1=7i,x=3u 1", {"power": "5", "e1": "7", "x": "3"}),
        (r"my\ home,room=a\,b po\=wer=5", {"po=wer": "5"}),
        (r'home text="a, b=\"c\" d",ok=true,power=-1.5e3', {"power": "-1.5e3"}),
        ("home power=NaN", {"power": "nan"}),
        ("home power=5   1  \r", {"power": "5"}),
    ],
)
def test_each_form_of_a_line(line: str, values: dict[str, str]) -> None:
    (row,) = influx_http.rows_of(line, "s")
    assert (row.fault, row.values) == (None, values)


@pytest.mark.parametrize(
    "line",
    ["x", "home power", "home power= 5", "home power=5 noon", " power=5", 'a b="x', "a,b c=1"],
)
def test_what_is_no_line_costs_only_itself(line: str) -> None:
    rows = influx_http.rows_of(f"# a remark\n{line}\n\nhome power=5 {NOW_S}", "s")
    assert sorted(told(rows), key=str) == [(0, None, 5, None), "wrong_shape"]


def test_lines_of_one_time_are_one_row() -> None:
    text = f"p1 value=5 {NOW_S}\ne1 value=7 {NOW_S}\np1 value=6 {NOW_S + 10}"
    assert told(influx_http.rows_of(text, "s")) == [(0, 7, 5, None), (10, None, 6, None)]
    assert told(influx_http.rows_of("a power=5\nb power=6", "s")) == ["unclear_channels"]
    with pytest.raises(PayloadError, match="lines"):
        influx_http.rows_of("a b=1\n" * (5 * MOST_ROWS + 1), "s")


_values = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
_names = st.sampled_from(["p1", "power2", "e1", "MSG", "HCHC", "time", "1", "2"]) | st.text(
    max_size=3
)
_json = st.recursive(
    _values | st.integers(NOW_S - 99, NOW_S),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_names, inner, max_size=3),
    max_leaves=6,
)
_rows = st.lists(st.lists(_json, max_size=4), max_size=3)
_texts = st.text(max_size=30) | _json.map(json.dumps) | _rows.map(json.dumps)
_memories: list[dict[str, object]] = [
    {},
    {"units": {"1": "W", "2": "kWh"}},
    {"channels": ["p1"], "node": "n"},
    {"channels": 7},
    {"interval_s": "x", "wh_per_pulse": []},
    {"stamps": "start", "stream": 5},
    {"stamps": {}, "node": ["n"], "units": {"p1": ["W"]}},
]


def read(notation: str, parameters: dict[str, str]) -> list[Row]:
    if notation == "post":
        return emoncms_http.rows_of_post(parameters, "n", NOW_S)
    if notation == "bulk":
        return emoncms_http.rows_of_bulk(parameters, NOW_S)
    return influx_http.rows_of("\n".join(parameters.values()), "s")


@settings(max_examples=120, deadline=None, derandomize=True)
@given(data=st.data())
def test_nothing_but_reasons(data: st.DataObject) -> None:
    memory = dict(data.draw(st.sampled_from(_memories)))
    names = st.sampled_from(["data", "json", "fulljson", "csv", "time", "sentat", "offset", "c"])
    for _ in range(data.draw(st.integers(1, 3))):
        parameters = data.draw(st.dictionaries(names, _texts, max_size=4))
        for notation in ("post", "bulk", "lines"):
            try:
                rows = read(notation, parameters)
            except PayloadError:
                continue
            for each in hear(rows, memory, NOW_S):
                assert (each.reading is None) != (each.fault is None)
                assert each.reading is None or 1 <= each.reading.duration_s <= 60


@settings(max_examples=200, deadline=None, derandomize=True)
@given(query=st.text(max_size=30), body=st.binary(max_size=60))
def test_parameters_or_a_reason(query: str, body: bytes) -> None:
    for asked in (query, f"cb=1&{query}", f"c=1&{query}"):
        try:
            parameters_of(asked, body)
        except PayloadError:
            continue


@settings(max_examples=200, deadline=None, derandomize=True)
@given(text=st.text('ab=, \\"\n1i', max_size=60))
def test_lines_or_reasons(text: str) -> None:
    for each in hear(influx_http.rows_of(text, "ns"), {}, NOW_S):
        assert (each.reading is None) != (each.fault is None)
