"""The doors for devices that post: emoncms's input module, and InfluxDB's write."""

from __future__ import annotations

import base64
import binascii
import json
import logging
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import parse_qsl

import uvicorn
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import PlainTextResponse

from commonwatt.errors import CommonwattError, PayloadError
from commonwatt.servers.ports import require_free
from commonwatt.storage.migrate import require_current
from commonwatt.storage.pool import borrow, open_pool
from ingest.adapters import emoncms_http, influx_http
from ingest.adapters.message import Faulty, Message
from ingest.adapters.named_rows import clean, hear, shift_s
from ingest.batch import BatchWriter, Envelope
from ingest.flow import Flow
from ingest.http_meters import HttpMeters, last_reading

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from commonwatt.storage.meters import Meter
    from commonwatt.storage.pool import Connection, Pool
    from ingest.adapters.named_rows import Heard, Row
    from ingest.batch import Told

log = logging.getLogger("commonwatt.doors")

EMONCMS = "emoncms_http"
INFLUX = "influx_http"
"""The languages of these doors: a mount of the meter in one of them holds its settings."""

MAX_BODY_BYTES = 1_000_000
"""A thousand rows of emonhub's with fifteen values each are a tenth of that."""

_NO_NODE = '"Node does not exist"'
_IN_QUERY = ("apikey", "devicekey", "p")


async def _read_body(request: Request) -> bytes:
    """Read a body up to its bound, whatever its type is called."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise HTTPException(413, f"at most {MAX_BODY_BYTES} bytes")
    return bytes(body)


Body = Annotated[bytes, Depends(_read_body)]


class _Stranger(Exception):  # noqa: N818 # it names who is at the door
    """No meter has this key."""


class _TooOftenError(Exception):
    """A device asks far more often than it can have measured."""


class Doors:
    """What a device posts becomes readings of the meter whose key it bears."""

    def __init__(self) -> None:
        self._meters = HttpMeters()
        self._writer = BatchWriter()
        self._writing = threading.Lock()
        self._flow = Flow()
        self._counting = threading.Lock()

    def post(self, request: Request, body: Body, node: str = "") -> Response:
        """`input/post`: one row."""

        def read(parameters: Mapping[str, str], now_s: float) -> list[Row]:
            named = node or parameters.get("node", "")
            return emoncms_http.rows_of_post(parameters, named, now_s)

        return self._take_emoncms(request, body, "input/post", read)

    def bulk(self, request: Request, body: Body) -> Response:
        """`input/bulk`: many rows, each for itself."""
        return self._take_emoncms(request, body, "input/bulk", emoncms_http.rows_of_bulk)

    def get(self, request: Request, node: str = "") -> Response:
        """`input/get`: the time of the last row, from which IoTaWatt resumes."""
        parameters = dict(parse_qsl(request.url.query))
        now_s = _now_s(request)
        with borrow(request.app.state.pool) as connection:
            try:
                meter = self._require_meter(request, parameters, connection, now_s)
            except _Stranger:
                return _no_key()
            wanted = node or parameters.get("node", "")
            last = self._last_input(connection, meter, emoncms_http.node_of(wanted), now_s)
        if last is None:
            return _json_text(_NO_NODE if wanted else "{}")
        inputs = {"1": last}
        return _json_text(_compact(inputs if wanted else {"0": inputs}))

    def write(self, request: Request, body: Body) -> Response:
        """`write`: lines of the line protocol."""
        parameters = dict(parse_qsl(request.url.query))
        now_s = _now_s(request)
        with borrow(request.app.state.pool) as connection:
            try:
                meter = self._require_meter(request, parameters, connection, now_s)
            except _Stranger:
                return _json_text('{"error":"authorization failed"}', 401)
            try:
                packed = request.headers.get("content-encoding", "") == "gzip"
                text = (
                    emoncms_http.inflate(body, gzip=True)
                    if packed
                    else body.decode("utf-8", "replace")
                )
                rows = influx_http.rows_of(text, parameters.get("precision", ""))
            except PayloadError as error:
                self._put_aside(connection, meter, ("write", b"", now_s), error)
                return _json_text(_compact({"error": error.detail}), _status(error, 400))
            self._take(connection, meter, INFLUX, "write", rows, now_s)
        return Response(status_code=204)

    def query(self, request: Request, body: Body) -> Response:
        """`query`: IoTaWatt asks for the time of its last value in this one form."""
        parameters = dict(parse_qsl(request.url.query)) | dict(
            parse_qsl(body.decode("utf-8", "replace"))
        )
        now_s = _now_s(request)
        with borrow(request.app.state.pool) as connection:
            try:
                meter = self._require_meter(request, parameters, connection, now_s)
            except _Stranger:
                return _json_text('{"error":"authorization failed"}', 401)
            if not _asks_for_last(parameters):
                return _json_text('{"error":"only LAST(...) can be asked for, with epoch=s"}', 400)
            memory = self._meters.memory_of(connection, meter, INFLUX, now_s)
            last = last_reading(connection, meter, now_s)
        found: dict[str, Any] = {"statement_id": 0}
        if last:
            values = [[last.end_s - shift_s(memory), last.power_w]]
            found["series"] = [{"name": "", "columns": ["time", "last"], "values": values}]
        return _json_text(_compact({"results": [found]}))

    def _take_emoncms(
        self,
        request: Request,
        body: bytes,
        action: str,
        read: Callable[[Mapping[str, str], float], list[Row]],
    ) -> Response:
        if request.headers.get("content-type", "").startswith("aes128cbc"):
            return PlainTextResponse("encrypted posts are not taken: use https, no userid", 415)
        now_s = _now_s(request)
        with borrow(request.app.state.pool) as connection:
            fault, parameters = None, {}
            try:
                parameters = emoncms_http.parameters_of(request.url.query, body)
            except PayloadError as error:
                fault, parameters = error, dict(parse_qsl(request.url.query))
            try:
                meter = self._require_meter(request, parameters, connection, now_s)
            except _Stranger:
                return _no_key()
            try:
                if fault:
                    raise fault
                rows = read(parameters, now_s)
            except PayloadError as error:
                written = parameters.get("data", "").encode("utf-8", "replace")
                self._put_aside(connection, meter, (action, written, now_s), error)
                failed = {"success": False, "message": error.detail}
                return _json_text(json.dumps(failed), _status(error, 200))
            self._take(connection, meter, EMONCMS, action, rows, now_s)
        return _json_text('{"success": true}') if "fulljson" in parameters else _ok()

    def _require_meter(
        self, request: Request, parameters: Mapping[str, str], connection: Connection, now_s: float
    ) -> Meter:
        key = _key_of(request, parameters)
        meter = self._meters.find(connection, key, now_s) if key else None
        if meter is None:
            raise _Stranger
        self._count_request(meter, now_s)
        return meter

    def _count_request(self, meter: Meter, now_s: float) -> None:
        """Let a device ask no more often than one of its kind may speak to the broker."""
        with self._counting:
            left = self._flow.balance(meter.serial, 1, now_s, is_mounted=True)
            self._flow.keep({meter.serial: left}, now_s)
        if left < 0:
            raise _TooOftenError

    def _take(
        self,
        connection: Connection,
        meter: Meter,
        language: str,
        action: str,
        rows: list[Row],
        now_s: float,
    ) -> None:
        """Store what rows tell; what they told is remembered once it is in the database."""
        with self._writing:
            memory = self._meters.memory_of(connection, meter, language, now_s)
            heard = hear(rows, memory, now_s)
            told = [_told(each, meter, action, now_s) for each in heard]
            silent = (Envelope(f"http/{action}", b"", now_s), Message(""), meter)
            self._writer.write_told(connection, told or [silent], now_s)
            self._meters.keep(meter, language, memory)

    def _put_aside(
        self,
        connection: Connection,
        meter: Meter,
        request: tuple[str, bytes, float],
        error: PayloadError,
    ) -> None:
        action, written, now_s = request
        envelope = Envelope(f"http/{action}", clean(written), now_s)
        message = Message("", faulty=(Faulty(error.code, error.detail),))
        with self._writing:
            self._writer.write_told(connection, [(envelope, message, meter)], now_s)

    def _last_input(
        self, connection: Connection, meter: Meter, node: str, now_s: float
    ) -> dict[str, Any] | None:
        """The last row of a node as emoncms shows an input; None if there is none."""
        memory = self._meters.memory_of(connection, meter, EMONCMS, now_s)
        own = memory.get("node")
        last = last_reading(connection, meter, now_s)
        if last is None or own not in (None, "", node):
            return None
        value = last.power_w if last.power_w is not None else last.register_wh
        time_s = last.end_s - shift_s(memory)
        return {"time": time_s, "value": value, "processList": ""}


def create_doors(pool: Pool) -> FastAPI:
    """The application: these routes alone; a storage fault makes devices keep what they have."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.state.pool = pool
    app.state.clock = lambda: datetime.now(UTC)
    app.include_router(create_router())
    app.add_exception_handler(CommonwattError, _say_away)
    app.add_exception_handler(_TooOftenError, _say_too_often)
    return app


def serve_doors(database_url: str, *, host: str, port: int) -> None:
    """Serve the doors until told to stop; answers that are under way are finished first."""
    require_free(port)
    with open_pool(database_url) as pool:
        with borrow(pool) as connection:
            require_current(connection)
        uvicorn.run(create_doors(pool), host=host, port=port, log_level="warning")


def create_router() -> APIRouter:
    """The routes, below / and below /emoncms, as the clients call them."""
    doors, router = Doors(), APIRouter(include_in_schema=False)
    for place in ("", "/emoncms"):
        for ending in ("", ".json", "/{node}"):
            router.add_api_route(f"{place}/input/post{ending}", doors.post, methods=["GET", "POST"])
            router.add_api_route(f"{place}/input/get{ending}", doors.get, methods=["GET"])
        for ending in ("", ".json"):
            router.add_api_route(f"{place}/input/bulk{ending}", doors.bulk, methods=["GET", "POST"])
    for path in ("/write", "/api/v2/write"):
        router.add_api_route(path, doors.write, methods=["POST"])
    router.add_api_route("/query", doors.query, methods=["GET", "POST"])
    return router


def _asks_for_last(parameters: Mapping[str, str]) -> bool:
    words = parameters.get("q", "").upper().split(maxsplit=2)
    last = words[:1] == ["SELECT"] and words[1:] != [] and words[1].startswith("LAST(")
    return last and parameters.get("epoch") == "s"


def _say_away(_request: Request, error: Exception) -> Response:
    log.error("a row could not be stored: %s", error)
    failed = {"success": False, "message": "the service cannot store this now: try again"}
    return _json_text(json.dumps(failed), 503)


def _say_too_often(_request: Request, _error: Exception) -> Response:
    failed = {"success": False, "message": "too many requests: send several rows in one"}
    return Response(json.dumps(failed), 429, {"retry-after": "10"}, "application/json")


def _told(heard: Heard, meter: Meter, action: str, now_s: float) -> Told:
    message = Message(
        "",
        readings=(heard.reading,) if heard.reading else (),
        faulty=(heard.fault,) if heard.fault else (),
    )
    return Envelope(f"http/{action}", heard.written, now_s), message, meter


def _key_of(request: Request, parameters: Mapping[str, str]) -> str:
    """The key, from the header or from the parameters."""
    scheme, _, told = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() in {"bearer", "token"}:
        return told.strip()
    if scheme.lower() == "basic":
        try:
            pair = base64.b64decode(told, validate=True).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            return ""
        return pair.partition(":")[2]
    return next((parameters[name] for name in _IN_QUERY if name in parameters), "")


def _now_s(request: Request) -> float:
    now_s: float = request.app.state.clock().timestamp()
    return now_s


def _status(error: PayloadError, other: int) -> int:
    return 413 if error.code == "too_large" else other


def _ok() -> Response:
    return PlainTextResponse("ok")


def _no_key() -> Response:
    return _json_text('{"success": false, "message": "Invalid API key"}', 401)


def _json_text(text: str, status: int = 200) -> Response:
    return Response(text, status, media_type="application/json")


def _compact(value: object) -> str:
    """Write JSON as clients scan for it: `"time":` and its number, then a comma."""
    return json.dumps(value, separators=(",", ":"))
