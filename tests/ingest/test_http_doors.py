"""The doors for devices that post: what real clients send, byte for byte, to a running server."""

from __future__ import annotations

import base64
import json
import re
import socket
import threading
import time
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPResponse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn

from commonwatt.storage import meters
from commonwatt.storage.credentials import revoke, set_secret, suspend
from commonwatt.storage.mounts import add_mount, drop_mount
from commonwatt.storage.pool import connect, open_pool
from commonwatt.storage.readings import last_refused
from ingest.http_doors import MAX_BODY_BYTES, create_doors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KEY = "0123456789abcdef0123456789abcdef"
OTHER_KEY = "fedcba9876543210fedcba9876543210"
NOW_S = 1_790_000_000
START_WITHIN_S = 20
NO_NODE = '"Node does not exist"'


@dataclass
class Site:
    """A running server with two meters, and what is in its database."""

    port: int
    database: str
    now: list[float] = field(default_factory=lambda: [NOW_S])

    def send(self, raw: str | bytes) -> tuple[int, str]:
        """Send bytes as they are and read the answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as client:
            client.sendall(raw.encode() if isinstance(raw, str) else raw)
            response = HTTPResponse(client)
            response.begin()
            return response.status, response.read().decode()

    def get(self, path: str, key: str | None = KEY) -> tuple[int, str]:
        head = f"GET {path} HTTP/1.1\r\nHost: x\r\n"
        return self.send(head + (f"Authorization: Bearer {key}\r\n\r\n" if key else "\r\n"))

    def post(self, path: str, body: str | bytes, *lines: str, key: str = KEY) -> tuple[int, str]:
        raw = body.encode() if isinstance(body, str) else body
        head = [f"POST {path} HTTP/1.1", "Host: x", f"Content-Length: {len(raw)}", *lines]
        head += [f"Authorization: Bearer {key}"] if key else []
        return self.send("\r\n".join([*head, "", ""]).encode() + raw)

    def rows(self, columns: str = "end_s, power_w") -> list[tuple[Any, ...]]:
        """What is stored, in order; `end_s` counts from NOW_S."""
        end = f"extract(epoch FROM end_utc)::bigint - {NOW_S}"
        with connect(self.database) as connection:
            return connection.execute(
                f"SELECT {columns.replace('end_s', end)} FROM readings ORDER BY end_utc"
            ).fetchall()

    def refused(self) -> list[tuple[str, str]]:
        with connect(self.database) as connection:
            return sorted((each.code, each.topic) for each in last_refused(connection, limit=5000))

    def set_up(self, settings: dict[str, Any], language: str = "emoncms_http") -> None:
        """Give the first meter its settings; they count from the next look-up on."""
        with connect(self.database) as connection:
            meter = meters.find_meter(connection, "cw-7k3f9qx")
            assert meter
            drop_mount(connection, f"http/{language}")
            add_mount(connection, meter.meter_id, f"http/{language}", language, settings)
        self.now[0] += 31


@pytest.fixture
def site(database: str) -> Iterator[Site]:
    with connect(database) as connection:
        for serial, key in (("cw-7k3f9qx", KEY), ("cw-0000001", OTHER_KEY)):
            meter = meters.add_meter(connection, serial, variant="ct")
            set_secret(connection, meter.meter_id, key, datetime.now(UTC))
    with open_pool(database) as pool, socket.socket() as listener:
        app = create_doors(pool)
        listener.bind(("127.0.0.1", 0))
        found = Site(listener.getsockname()[1], database)
        app.state.clock = lambda: datetime.fromtimestamp(found.now[0], UTC)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        deadline_s = time.monotonic() + START_WITHIN_S
        while not server.started and time.monotonic() < deadline_s:
            time.sleep(0.02)
        yield found
        server.should_exit = True
        thread.join()


PAYLOADS = Path(__file__).parents[2] / "firmware_docs" / "payloads"
_SETTINGS = re.compile(r"^Settings of the mount: `(?P<settings>[^`]*)`", re.MULTILINE)
_EXCHANGE = re.compile(
    r"^At \+(?P<at>\d+) s:\n\n"
    r"```text\n(?P<method>GET|POST) (?P<path>[^\n]*)\n(?:\n(?P<body>[^`]*)\n)?```\n\n"
    r"is answered `(?P<status>\d+)`"
    r"(?:\n\n```text\n(?P<answer>[^\n]*)\n```\n\nand|, without a word, and) "
    r"understood as\n\n```json\n(?P<understood>[^`]*)\n```$",
    re.MULTILINE,
)


def conversations() -> list[Any]:
    """Each conversation of the pages: its language, its settings and its exchanges."""
    found = []
    for language in ("emoncms_http", "influx_http"):
        text = (PAYLOADS / f"{language}.md").read_text("utf-8")
        pieces = _SETTINGS.split(text)[1:]
        exchanges = [list(_EXCHANGE.finditer(piece)) for piece in pieces[1::2]]
        assert sum(map(len, exchanges)) == text.count("\nAt +"), "a block is not read"
        for number, (settings, said) in enumerate(zip(pieces[::2], exchanges, strict=True)):
            found.append(pytest.param(language, settings, said, id=f"{language} {number}"))
    return found


def told_by(site: Site) -> list[dict[str, Any]]:
    """What is stored and what was refused, as the pages write it."""
    columns = ("end_s", "duration_s", "register_wh", "power_w", "apparent_va")
    rows = [dict(zip(columns, row, strict=True)) for row in site.rows(", ".join(columns))]
    told = [{key: value for key, value in row.items() if value is not None} for row in rows]
    return told + [{"refused": code} for code, _ in site.refused()]


@pytest.mark.parametrize(("language", "settings", "exchanges"), conversations())
def test_the_pages_are_answered_as_they_say(
    site: Site, language: str, settings: str, exchanges: list[re.Match[str]]
) -> None:
    """Every exchange of a conversation, sent to the running server."""
    site.set_up(json.loads(settings), language)
    known: list[dict[str, Any]] = []
    for said in exchanges:
        site.now[0] = NOW_S + int(said["at"])
        path, body = said["path"], said["body"] or ""
        answer = site.get(path) if said["method"] == "GET" else site.post(path, body)
        assert answer == (int(said["status"]), said["answer"] or "")
        told = told_by(site)
        fresh = list(told)
        for each in known:
            fresh.remove(each)
        assert fresh == json.loads(said["understood"]), path
        known = told


EMONHUB_COLUMNS = {"node": "17", "units": {"3": "W", "9": "Wh"}}


def emonhub(rows: str, sentat_s: int, *, compress: bool = False) -> bytes:
    """The request of emonhub's EmonHubEmoncmsHTTPInterfacer, by python-requests."""
    place = f"/input/bulk.json?sentat={sentat_s}" + ("&cb=1" if compress else "")
    form = "data=" + rows.translate({91: "%5B", 93: "%5D", 44: "%2C", 34: "%22", 58: "%3A"})
    body = zlib.compress(rows.encode()) if compress else form.encode()
    head = [
        f"POST {place} HTTP/1.1",
        "Host: 127.0.0.1",
        "User-Agent: emonhub/2.7.0 python-requests/2.28.1",
        "Accept-Encoding: gzip, deflate",
        "Accept: */*",
        "Connection: keep-alive",
        f"Authorization: Bearer {KEY}",
        f"Content-Length: {len(body)}",
    ]
    if not compress:
        head.append("Content-Type: application/x-www-form-urlencoded")
    return "\r\n".join([*head, "", ""]).encode() + body


def test_emonhub_s_sequence(site: Site) -> None:
    """Absolute times, sentat of its own clock; sent again when the answer was lost."""
    site.set_up(EMONHUB_COLUMNS)
    at_s = NOW_S
    rows = (
        f"[[{at_s},17,1021,238.96,346,0,0,0,0,0,105220,0,-44],"
        f"[{at_s + 10},17,1022,239.01,350,0,0,0,0,0,105221,0,-44],"
        f"[{at_s + 11},19,19.5,48,29,-71]]"
    )
    assert site.send(emonhub(rows, at_s + 30)) == (200, "ok")
    stored = [(0, 346.0, 105220.0, 60), (10, 350.0, 105221.0, 10)]
    assert site.rows("end_s, power_w, register_wh, duration_s") == stored
    site.now[0] += 20
    assert site.send(emonhub(rows, at_s + 50)) == (200, "ok")
    site.now[0] += 1
    assert site.send(emonhub(rows, at_s + 50, compress=True)) == (200, "ok")
    assert site.rows("end_s, power_w, register_wh, duration_s") == stored
    assert site.refused() == []


def test_emonhub_with_names_is_always_compressed(site: Site) -> None:
    site.set_up({"channels": ["P1", "E1"]})
    rows = (
        f'[[{NOW_S},"emonTx4",{{"MSG":1021,"Vrms":238.96,"P1":346,"P2":5,"E1":105220,"rssi":-44}}]]'
    )
    assert site.send(emonhub(rows, NOW_S + 31, compress=True)) == (200, "ok")
    assert site.rows("end_s, power_w, register_wh") == [(0, 346.0, 105220.0)]


def test_an_older_emonhub_has_its_key_in_the_body(site: Site) -> None:
    site.set_up(EMONHUB_COLUMNS)
    rows = f"%5B%5B{NOW_S}%2C17%2C1021%2C238.96%2C346%2C0%2C0%2C0%2C0%2C0%2C105220%5D%5D"
    body = f"apikey={KEY}&data={rows}&sentat={NOW_S + 31}"
    kind = "Content-Type: application/x-www-form-urlencoded"
    assert site.post("/emoncms/input/bulk.json?", body, kind, key="") == (200, "ok")
    assert site.rows() == [(0, 346.0)]


def test_emonhub_s_clock_may_be_wrong(site: Site) -> None:
    """It believes it is an hour earlier: sentat says so, and its rows are put right."""
    site.set_up(EMONHUB_COLUMNS)
    rows = f"[[{NOW_S - 3600},17,1,2,346,0,0,0,0,0,105220]]"
    assert site.send(emonhub(rows, NOW_S + 31 - 3600)) == (200, "ok")
    assert site.rows() == [(0, 346.0)]


def test_one_bad_row_does_not_hold_up_the_others(site: Site) -> None:
    """emonhub#45: a NaN made emonhub send its whole buffer again for ever."""
    site.set_up({"units": {"1": "W"}})
    rows = (
        f'[[{NOW_S},1,100],[{NOW_S + 10},1,NaN],[{NOW_S + 20},1,null],[{NOW_S + 30},1,"x"],'
        f'["",1,5],[{NOW_S + 40},{{}},5],[{NOW_S + 9000},1,5],[{NOW_S - 90000000},1,5],7,'
        f"[{NOW_S + 50},1,1e9],[{NOW_S + 55},1],[{NOW_S + 60},1,101]]"
    )
    assert site.send(emonhub(rows, NOW_S + 31)) == (200, "ok")
    assert site.rows() == [(0, 100.0), (60, 101.0)]
    assert [code for code, _ in site.refused()] == [
        "future_time",
        "not_finite",
        "power_absurd",
        "too_old",
        "undated",
        "wrong_shape",
        "wrong_shape",
        "wrong_shape",
        "wrong_shape",
    ]


def iotawatt(method: str, path: str, body: str = "") -> str:
    """The request of IoTaWatt's Emoncms_uploader."""
    lines = [f"{method} {path} HTTP/1.1", "host: 127.0.0.1", f"Authorization: Bearer {KEY}"]
    if body:
        lines += ["Content-Type: application/x-www-form-urlencoded", f"content-length: {len(body)}"]
    return "\r\n".join([*lines, "", body])


def test_iotawatt_s_sequence(site: Site) -> None:
    """It asks where it was, posts from there, and resumes at the last time after a restart."""
    settings = {"node": "IotaHome", "units": {"2": "W"}, "interval_s": 10, "stamps": "start"}
    site.set_up(settings)
    asked = iotawatt("GET", "/input/get?node=IotaHome")
    assert site.send(asked) == (200, NO_NODE)
    body = (
        f'time={NOW_S}&data=[[10,"IotaHome",240.1,1532.4,null,88],'
        '[20,"IotaHome",240.2,1530.0,null,88]]'
    )
    status, answer = site.send(iotawatt("POST", "/input/bulk", body))
    assert (status, answer.startswith("ok")) == (200, True)
    # A row's time is when its 10 s began: at 10 it began, at 20 it ended.
    assert site.rows("end_s, power_w, duration_s") == [(20, 1532.4, 10), (30, 1530.0, 10)]
    status, answer = site.send(asked)
    # It looks for each `"time":` and reads up to the comma.
    after = answer.split('"time":')[1]
    assert (status, int(after[: after.index(",")])) == (200, NOW_S + 20)
    assert site.send(iotawatt("GET", "/input/get?node=Elsewhere")) == (200, NO_NODE)


def test_iotawatt_with_a_user_id_is_told_what_to_do(site: Site) -> None:
    status, answer = site.post("/input/bulk", "xyz", "Content-Type: aes128cbc")
    assert status == 415
    assert "userid" in answer


def test_emonesp_s_request(site: Site) -> None:
    path = f"/emoncms/input/post?fulljson=%7B%22ct1%22%3A3935%2C%22t1%22%3A12.5%7D&node=emonesp&apikey={KEY}"
    raw = f"GET {path} HTTP/1.1\r\nHost: x\r\nUser-Agent: ESP8266HTTPClient\r\nConnection: close\r\n\r\n"
    assert site.send(raw) == (200, '{"success": true}')
    assert site.rows("end_s, power_w, duration_s") == [(0, 3935.0, 60)]


def test_wifinfo_s_request(site: Site) -> None:
    """Unquoted names, registers that add up, volt-amperes, and a meter's number that is nobody's."""
    path = (
        f"/input/post.json?node=20&apikey={KEY}&json={{ADCO:021528603314,OPTARIF:2,ISOUSC:15,"
        "HCHC:920750,HCHP:2275560,PTEC:3,IINST:1,IMAX:2,PAPP:170,HHPHC:65,MOTDETAT:000000}"
    )
    assert site.send(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n") == (200, "ok")
    # 920,750 + 2,275,560 = 3,196,310 Wh
    assert site.rows("register_wh, apparent_va, power_w") == [(3_196_310.0, 170.0, None)]
    site.send(f"GET {path.replace('2275560', 'x')} HTTP/1.1\r\nHost: x\r\n\r\n")
    with connect(site.database) as connection:
        kept = connection.execute("SELECT detail, payload FROM quarantine").fetchall()
    assert len(kept) == 1
    assert "021528603314" not in repr(kept)


def test_each_place_for_a_key_and_for_parameters(site: Site) -> None:
    """In the address even of a POST, in a form of whatever type, or half here and half there."""
    asked = [
        site.get("/input/post/x?json=p1:1"),
        site.post("/input/post.json", "node=x&json=p1:2"),
        site.post("/input/post?node=x", "json={p1:3}", "Content-Type: text/odd"),
        site.post("/emoncms/input/post?json=p1:4&node=x", ""),
        site.get(f"/input/post?node=x&json=p1:5&apikey={KEY}", None),
        site.get(f"/input/post?node=x&json=p1:6&devicekey={KEY}", None),
        site.post("/input/post", f"node=x&json=p1:7&apikey={KEY}", key=""),
    ]
    assert asked == [(200, "ok")] * 7
    assert site.rows() == [(0, 1.0)]


UNREADABLE = [
    ("/input/bulk", b"data=[[1,2", 200, "Format error"),
    ("/input/bulk", b"", 200, "Format error"),
    ("/input/bulk", b"x=1&" * 50, 200, "Format error"),
    ("/input/bulk?cb=1", b"no zlib", 200, "Format error"),
    ("/input/bulk?cb=1", zlib.compress(b" " * 3_000_000), 413, "too large"),
    ("/input/bulk?c=1&data=xyz", b"", 200, "Format error"),
    ("/input/post", b"node=5", 200, "no data"),
    ("/input/post", b"fulljson={", 200, "Error decoding"),
]


def test_what_cannot_be_read_is_said_as_emoncms_says_it(site: Site) -> None:
    for count, (path, body, expected, word) in enumerate(UNREADABLE, 1):
        status, answer = site.post(path, body)
        said = json.loads(answer)
        assert (status, said["success"], word in said["message"]) == (expected, False, True)
        assert len(site.refused()) == count
    assert site.rows() == []


def test_a_body_has_a_bound(site: Site) -> None:
    status, _ = site.post("/input/bulk", b"data=" + b" " * MAX_BODY_BYTES)
    assert status == 413


def test_nobody_s_key_opens_nothing(site: Site) -> None:
    """An answer that is not 200 makes clients keep their rows until the key is put right."""
    for key in ("0" * 32, "short", "x" * 500):
        status, answer = site.get("/input/post?json=p1:5", key)
        assert (status, json.loads(answer)["success"]) == (401, False)
        assert site.get("/input/get?node=x", key)[0] == 401
        assert site.post("/write", "a value=1", key=key)[0] == 401
    assert site.get("/input/post?json=p1:5", None)[0] == 401
    assert site.get("/input/post?json=p1:5", "")[0] == 401
    assert (site.rows(), site.refused()) == ([], [])


def test_a_key_that_was_taken_back_opens_nothing_any_more(site: Site) -> None:
    assert site.get("/input/post?json=p1:5") == (200, "ok")
    with connect(site.database) as connection:
        meter = meters.find_meter(connection, "cw-7k3f9qx")
        assert meter
        set_secret(connection, meter.meter_id, "0" * 32, datetime.now(UTC))
    assert site.get("/input/post?json=p1:6")[0] == 401
    assert site.get("/input/post?json=p1:7", "0" * 32) == (200, "ok")


@pytest.mark.parametrize("change", [suspend, revoke])
def test_a_suspended_or_revoked_key_opens_nothing(site: Site, change: Callable[..., None]) -> None:
    with connect(site.database) as connection:
        meter = meters.find_meter(connection, "cw-7k3f9qx")
        assert meter
        change(connection, meter.meter_id, "lost", datetime.now(UTC))
    assert site.get("/input/post?json=p1:6")[0] == 401
    assert site.get("/input/post?json=p1:5", OTHER_KEY) == (200, "ok")


def test_each_key_is_its_own_meter_s(site: Site) -> None:
    site.get("/input/post?json=p1:5")
    site.get("/input/post?json=p1:6", OTHER_KEY)
    assert len({meter for meter, _ in site.rows("meter_id, power_w")}) == 2
    assert site.get("/input/get?node=x", OTHER_KEY)[1].count('"value":6') == 1


def test_two_nodes_are_not_mixed(site: Site) -> None:
    site.get("/input/post?node=a&json=p1:5")
    site.now[0] += 10
    assert site.get("/input/post?node=b&json=p1:6") == (200, "ok")
    assert site.rows("power_w") == [(5.0,)]
    assert site.refused() == [("unclear_channels", "http/input/post")]


def test_a_row_from_the_future_does_not_stop_the_clock(site: Site) -> None:
    site.get(f"/input/post?json=p1:5&time={NOW_S + 10**7}")
    for _ in range(2):
        site.get("/input/post?json=p1:5")
        site.now[0] += 20
    assert site.rows("end_s, duration_s") == [(0, 60), (20, 20)]


def test_a_temperature_alone_is_a_sign_of_life(site: Site) -> None:
    assert site.get("/input/post?json=temperature:19.5") == (200, "ok")
    with connect(site.database) as connection:
        seen = connection.execute("SELECT count(*) FROM meter_signs").fetchone()
    assert (site.rows(), site.refused(), seen) == ([], [], (1,))


def test_iotawatt_s_influx_sequence(site: Site) -> None:
    """It asks for the last time by one query a value; 401 would make it stop for good."""
    settings = {"units": {"solar": "W"}, "interval_s": 10, "stamps": "start"}
    site.set_up(settings, "influx_http")
    query = "db=home&epoch=s&q= SELECT LAST(\"solar\") FROM power  WHERE tag1='IotaHome.01'"
    pair = base64.b64encode(f"cw-7k3f9qx:{KEY}".encode()).decode()
    lines = (f"Authorization: Basic {pair}", "Content-Type: application/x-www-form-urlencoded")
    status, answer = site.post("/query", query, *lines, key="")
    assert (status, json.loads(answer)) == (200, {"results": [{"statement_id": 0}]})
    body = f"power,tag1=IotaHome.01 solar=2944.6 {NOW_S}\npower,tag1=IotaHome.01 solar=2940 {NOW_S + 10}\n"
    assert site.post("/write?precision=s&db=home", body, *lines, key="") == (204, "")
    assert site.rows("end_s, power_w") == [(10, 2944.6), (20, 2940.0)]
    _, answer = site.post("/query", query, *lines, key="")
    series = json.loads(answer)["results"][0]["series"][0]
    assert series["values"][0][series["columns"].index("time")] == NOW_S + 10
    assert site.post("/query", "q=SHOW DATABASES", *lines, key="")[0] == 400


def test_influx_2_and_compressed_bodies(site: Site) -> None:
    body = zlib.compress(b'home,room=a\\ b power=5,state="on, or = off",ok=true', wbits=31)
    lines = (f"Authorization: Token {KEY}", "Content-Encoding: gzip")
    assert site.post("/api/v2/write?org=o&bucket=b", body, *lines, key="") == (204, "")
    assert site.rows("power_w") == [(5.0,)]
    bomb = zlib.compress(b" " * 3_000_000, wbits=31)
    assert site.post("/write", bomb, *lines, key="")[0] == 413
    assert site.post("/write?precision=week", "a value=1")[0] == 400


def test_a_row_the_database_refuses_goes_aside_alone(site: Site) -> None:
    with connect(site.database) as connection:
        connection.execute("ALTER TABLE readings ADD CHECK (power_w <> 13)")
    rows = ",".join(f'[{10 * n},1,{{"p1":{12 + n}}}]' for n in range(3))
    assert site.post("/input/bulk", f"data=[{rows}]") == (200, "ok")
    assert site.rows("power_w") == [(12.0,), (14.0,)]
    assert [code for code, _ in site.refused()] == ["database_refused"]


def test_the_database_away_makes_clients_try_again(site: Site) -> None:
    with connect(site.database) as connection:
        connection.execute("ALTER TABLE readings RENAME TO readings_away")
        status, _ = site.get("/input/post?json=p1:5")
        assert status >= 500
        connection.execute("ALTER TABLE readings_away RENAME TO readings")
    assert site.get("/input/post?json=p1:5") == (200, "ok")
    assert site.rows("end_s, duration_s") == [(0, 60)]


def test_a_device_that_asks_without_end_is_told_to_wait(site: Site) -> None:
    """The same second over and over; its neighbour is not touched, and later it may ask again."""
    answers = [site.get("/input/post?json=p1:5")[0] for _ in range(601)]
    assert answers == [200] * 600 + [429]
    assert site.get("/input/get?node=x")[0] == 429
    assert site.get("/input/post?json=p1:5", OTHER_KEY) == (200, "ok")
    site.now[0] += 10
    assert site.get("/input/post?json=p1:6") == (200, "ok")
