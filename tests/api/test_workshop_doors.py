"""A workshop through its doors: the operator opens it, makers build, the facilitator decides."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from commonwatt.access import Audience
from commonwatt.catalogue.steps import shipped_steps
from commonwatt.registry.selftests import ToldTest
from commonwatt.storage import buildings, claims, households, meters, selftests
from commonwatt.storage.links import make_link
from commonwatt.storage.pool import connect
from tests.api.routes import list_routes
from tests.dashboards.test_pages import Page, plain
from tests.storage.workshops import (
    MINUTE,
    NOW_UTC,
    OpenWorkshop,
    build,
    good_lines,
    open_one,
    pass_test,
    redeem,
    selftest,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from httpx2 import Response

STEPS = len(shipped_steps("led"))
ORDER = {
    "place": "Maison des jeunes",
    "held_on": "2026-03-12",
    "kits": "2",
    "variant": "led",
    "facilitator": "Nadia",
    "parts_revision": "led-r1",
}


@dataclass(frozen=True, slots=True)
class Hall:
    """Two workshops side by side, and a token for everybody who may come by."""

    client: TestClient
    database: str
    own: OpenWorkshop
    other: OpenWorkshop
    tokens: dict[str | None, str]

    def headers(self, who: str | None, language: str = "en") -> dict[str, str]:
        bearer = {"authorization": f"Bearer {self.tokens[who]}"} if who else {}
        return {"accept-language": language, "sec-fetch-site": "same-origin", **bearer}

    def get(self, path: str, who: str | None, language: str = "en") -> Response:
        return self.client.get(path, headers=self.headers(who, language))

    def post(self, path: str, who: str | None, **form: str) -> Response:
        return self.client.post(path, headers=self.headers(who), data=form)


@pytest.fixture
def hall(database: str) -> Iterator[Hall]:
    with connect(database) as connection:
        own = open_one(connection, kits=2)
        other = open_one(connection, place="Ailleurs")
        pass_test(connection, own)
        plain_meter = meters.add_meter(connection, "cw-2222222")
        tokens: dict[str | None, str] = {
            "maker": own.kit().maker_token,
            "second maker": own.kit(2).maker_token,
            "other maker": other.kit().maker_token,
            "facilitator": own.handover.facilitator_token,
            "other facilitator": other.handover.facilitator_token,
            "kitless maker": make_link(connection, Audience.MAKER, plain_meter.meter_id, NOW_UTC),
            "operator": make_link(connection, Audience.OPERATOR, 0, NOW_UTC),
            "household": make_link(connection, Audience.HOUSEHOLD, 1, NOW_UTC),
            "landlord": make_link(connection, Audience.LANDLORD, 1, NOW_UTC),
        }
    app = create_app(database)
    app.state.clock = lambda: NOW_UTC
    with TestClient(app, follow_redirects=False) as client:
        yield Hall(client, database, own, other, tokens)


def matrix(serial: str) -> dict[tuple[str, str], set[str]]:
    """Every route of kits and workshops with its method, and who may use it on this kit."""
    one = f"/workshop/kits/{serial}"
    return {
        ("GET", "/kit"): {"maker", "second maker", "other maker", "kitless maker"},
        ("GET", "/api/v1/kit"): {"maker", "second maker", "other maker"},
        ("GET", "/api/v1/workshop"): {"facilitator", "other facilitator"},
        ("GET", "/kit/bench"): {"maker", "second maker", "other maker"},
        ("POST", "/kit/nickname"): {"maker", "second maker", "other maker"},
        ("POST", "/kit/steps/unpack"): {"maker", "second maker", "other maker"},
        ("GET", "/kit/passport.pdf"): {"maker"},
        ("GET", "/kit/passport.json"): {"maker"},
        ("GET", "/kit/badges/assembles.jwt"): set(),
        ("GET", "/workshop"): {"facilitator", "other facilitator"},
        ("GET", one): {"facilitator"},
        ("POST", f"{one}/stage"): {"facilitator"},
        ("POST", f"{one}/badges"): {"facilitator"},
        ("POST", f"{one}/label"): {"facilitator"},
        ("GET", f"{one}/passport.pdf"): {"facilitator"},
        ("GET", f"{one}/passport.json"): {"facilitator"},
        ("GET", "/workshops/new"): {"operator"},
        ("POST", "/workshops/new"): {"operator"},
    }


FORM = {"stage": "live", "kind": "protects", "passphrase": "x", "nickname": "Zo"}


def test_each_door_opens_to_its_own(hall: Hall) -> None:
    for (method, path), allowed in matrix(hall.own.kit().serial).items():
        for who in (*hall.tokens, None):
            headers, data = hall.headers(who), FORM if method == "POST" else None
            answer = hall.client.request(method, path, headers=headers, data=data)
            expected = {200, 303} if who in allowed else {404}
            assert answer.status_code in expected, f"{who}: {method} {path}: {answer.text[:300]}"


def test_no_route_is_missing_from_the_matrix(hall: Hall) -> None:
    serial = hall.own.kit().serial
    known = {
        re.sub(r"(?<=steps/)\w+", "{step}", path.replace(serial, "{serial}")).replace(
            "assembles.jwt", "{kind}.jwt"
        )
        for _, path in matrix(serial)
    }
    routes = {route.path for route in list_routes(hall.client.app)}  # type: ignore[arg-type] # a FastAPI
    mine = ("/kit", "/workshop")
    assert {path for path in routes if path.removeprefix("/api/v1").startswith(mine)} == known


PAGES = {
    "/kit": "maker",
    "/kit?step=solder": "second maker",
    "/kit?refused=nickname_too_long": "second maker",
    "/kit/bench": "maker",
    "/workshop": "facilitator",
    "/workshop/kits/{serial}": "facilitator",
    "/workshop/kits/{serial}?refused=wrong_passphrase": "facilitator",
    "/workshops/new": "operator",
    "/workshops/new?refused=order_kits": "operator",
}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_pages_are_well_made(hall: Hall, language: str) -> None:
    for path, who in PAGES.items():
        answer = hall.get(path.format(serial=hall.own.kit().serial), who, language)
        assert answer.status_code == 200, path
        page = Page(answer.text)
        assert page.open == []
        assert page.count("h1") == page.count("main") == 1
        levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
        assert all(after - before <= 1 for before, after in pairwise(levels)), path
        ids = page.values("id")
        assert len(ids) == len(set(ids))
        named = " ".join([*page.values("aria-labelledby"), *page.values("for")]).split()
        assert set(named) <= set(ids)
        fields = {"input", "select"}
        controls = [a for tag, a in page.elements if tag in fields and a.get("type") != "hidden"]
        assert {str(a["id"]) for a in controls} <= set(page.values("for")), path
        addresses = [*page.values("href"), *page.values("src"), *page.values("action")]
        assert all(re.match(r"$|[/?#](?!/)", address) for address in addresses)
        assert re.findall(r"<script[^>]*>([^<]+)</script>", answer.text) == []


def test_no_page_of_a_workshop_tells_consumption(hall: Hall) -> None:
    with connect(hall.database) as connection:
        connection.execute(
            "INSERT INTO meter_signs SELECT meter_id, now(), true, 1234, now() FROM meters"
        )
    for path, who in PAGES.items():
        text = plain(hall.get(path.format(serial=hall.own.kit().serial), who).text)
        assert "1234" not in text
        assert re.search(r"\bk?Wh?\b|\bwatts?\b", text) is None, path


def test_a_maker_is_led_step_by_step(hall: Hall) -> None:
    text = plain(hall.get("/kit", "second maker").text)
    assert f"0 of {STEPS} steps done" in text
    assert f"Step 1 of {STEPS}" in text
    assert "Open your box" in text
    assert hall.post("/kit/steps/unpack", "second maker", done="yes").headers["location"] == "/kit"
    text = plain(hall.get("/kit", "second maker").text)
    assert f"Step 2 of {STEPS}" in text
    assert "Careful! Never touch 230 V." in text
    assert "Call an adult before you tick." in text
    assert "has not been tried with a real board" in text
    again = hall.post("/kit/steps/unpack", "second maker", done="no")
    assert again.headers["location"] == "/kit?step=unpack"
    assert hall.post("/kit/steps/dance", "second maker").status_code == 404


def test_a_nickname_is_shown_escaped_and_a_long_one_refused(hall: Hall) -> None:
    hall.post("/kit/nickname", "maker", nickname="<b>Zoé</b>")
    board = hall.get("/workshop", "facilitator").text
    assert "&lt;b&gt;Zoé&lt;/b&gt;" in board
    assert "<b>" not in board
    answer = hall.post("/kit/nickname", "maker", nickname="n" * 25)
    assert answer.headers["location"] == "/kit?refused=nickname_too_long"
    assert "at most 24 letters" in plain(hall.get(answer.headers["location"], "maker").text)


def test_an_invented_refusal_says_nothing(hall: Hall) -> None:
    assert 'role="alert"' not in hall.get("/kit?refused=%3Cb%3E", "maker").text


def test_the_bench_turns_red_with_a_hint_then_green(hall: Hall) -> None:
    maker = "second maker"
    assert "Not tested yet." in plain(hall.get("/kit/bench", maker).text)
    with connect(hall.database) as connection:
        viewer = hall.own.maker(connection, 2)
        build(connection, viewer)
        red = good_lines(led_bench=ToldTest("led_bench", ok=True, value=97))
        selftests.keep_selftest(connection, viewer.meter_id, "led", selftest(red, NOW_UTC))
    page = hall.get("/kit/bench", maker).text
    assert 'data-grade="failed"' in page
    assert "Too few: the tube is askew. Do this step again: Put the sensor" in plain(page)
    assert 'href="/kit?step=tube"' in page
    refused = hall.post(
        f"/workshop/kits/{hall.own.kit(2).serial}/stage", "facilitator", stage="tested"
    )
    assert refused.headers["location"].endswith("?refused=test_failed")
    with connect(hall.database) as connection:
        green = selftest(at_utc=NOW_UTC + MINUTE)
        selftests.keep_selftest(connection, viewer.meter_id, "led", green)
    page = hall.get("/kit/bench", maker).text
    assert 'data-grade="failed"' not in page.partition("<main")[2]
    assert "Test passed!" in plain(page)
    assert 'data-again-s="5"' in page
    path = f"/workshop/kits/{hall.own.kit(2).serial}/stage"
    assert "refused" not in hall.post(path, "facilitator", stage="tested").headers["location"]
    assert hall.get("/kit/passport.json", maker).json()["selftest"]["run"] == green.run


@pytest.mark.parametrize("stage", ["claimed", "live", "silent", "no such stage", "assembled"])
def test_a_facilitator_cannot_claim_for_a_home_or_jump(hall: Hall, stage: str) -> None:
    path = f"/workshop/kits/{hall.own.kit().serial}/stage"
    answer = hall.post(path, "facilitator", stage=stage)
    assert answer.headers["location"].endswith("?refused=wrong_order")


def test_the_board_shows_every_kit(hall: Hall) -> None:
    page = hall.get("/workshop", "facilitator").text
    text = plain(page)
    assert "1 of 2 meters passed" in text
    for number in (1, 2):
        assert hall.own.kit(number).serial in text
    assert hall.other.kit().serial not in text
    assert 'data-again-s="10"' in page
    assert page.count("<form") == 0


def test_page_and_api_say_the_same(hall: Hall) -> None:
    hall.post("/kit/nickname", "maker", nickname="Zoé")
    told = hall.get("/api/v1/workshop", "facilitator").json()
    text = plain(hall.get("/workshop", "facilitator").text)
    assert told["workshop"]["place"] == "Maison des jeunes"
    assert [kit["number"] for kit in told["kits"]] == [1, 2]
    for kit in told["kits"]:
        assert (kit["nickname"] or kit["serial"]) in text
        assert f"{kit['steps_done']} of {kit['steps']} steps done" in text
    assert hall.get("/api/v1/kit", "maker").json() == told["kits"][0]
    assert told["kits"][0]["test_passed"] is True
    assert set(told["kits"][0]["tests"][0]) == {"key", "grade"}


def test_the_next_stage_is_offered_first(hall: Hall) -> None:
    with connect(hall.database) as connection:
        build(connection, hall.own.maker(connection, 2))
    page = hall.get(f"/workshop/kits/{hall.own.kit(2).serial}", "facilitator").text
    offered = re.findall(
        r'<option value="(\w+)">', page.split('name="stage"')[1].split("</select>")[0]
    )
    assert offered == ["tested", "assembled", "retired"]


def test_a_badge_is_signed_with_the_passphrase_alone(hall: Hall) -> None:
    path = f"/workshop/kits/{hall.own.kit().serial}/badges"
    wrong = hall.post(path, "facilitator", kind="measures", passphrase="0000-0000-0000-0000")
    assert wrong.headers["location"].endswith("?refused=wrong_passphrase")
    assert hall.get("/kit/badges/measures.jwt", "maker").status_code == 404
    passphrase = hall.own.handover.passphrase
    early = hall.post(path, "facilitator", kind="installs", passphrase=passphrase)
    assert early.headers["location"].endswith("?refused=badge_not_earned")
    other = hall.post(
        path, "facilitator", kind="measures", passphrase=hall.other.handover.passphrase
    )
    assert other.headers["location"].endswith("?refused=wrong_passphrase")
    given = hall.post(path, "facilitator", kind="measures", passphrase=passphrase.lower())
    assert "refused" not in given.headers["location"]
    jws = hall.get("/kit/badges/measures.jwt", "maker").text
    payload = jws.split(".")[1]
    credential = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert credential["credentialSubject"]["achievement"]["name"] == "I measure"
    assert hall.own.kit().serial not in json.dumps(credential)
    assert "/kit/badges/measures.jwt" in hall.get("/kit", "maker").text
    assert hall.post(path, "facilitator", kind="dances", passphrase="x").status_code == 404
    assert hall.get("/kit/badges/dances.jwt", "maker").status_code == 404


def test_a_new_label_takes_the_old_code_back(hall: Hall) -> None:
    path = f"/workshop/kits/{hall.own.kit().serial}/label"
    answer = hall.post(path, "facilitator")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    with connect(hall.database) as connection:
        meter_id = hall.own.maker(connection).meter_id
        selftests.note_presence(connection, meter_id, NOW_UTC)
        with pytest.raises(Exception, match="withdrawn"):
            redeem(connection, hall.own.kit().claim_code, NOW_UTC)
        assert meter_id in claims.open_codes(connection, [meter_id])


def test_a_meter_that_measures_a_home_is_out_of_the_facilitators_hands(hall: Hall) -> None:
    """Neither may it be retired, nor may a code be printed that would let somebody else in."""
    with connect(hall.database) as connection:
        meter_id = hall.own.maker(connection).meter_id
        building_id = buildings.add_building(connection, "Ormes")
        dwelling_id = buildings.add_dwelling(connection, building_id, "A", "A01")
        occupancy_id = households.move_in(connection, dwelling_id, NOW_UTC)
        meters.install(connection, meter_id, dwelling_id, NOW_UTC)
    one = f"/workshop/kits/{hall.own.kit().serial}"
    for answer in (
        hall.post(f"{one}/stage", "facilitator", stage="retired"),
        hall.post(f"{one}/label", "facilitator"),
    ):
        assert answer.headers["location"] == f"{one}?refused=in_a_home"
    with connect(hall.database) as connection:
        households.move_out(connection, occupancy_id, NOW_UTC + 30 * MINUTE)
    hall.client.app.state.clock = lambda: NOW_UTC + 60 * MINUTE  # type: ignore[attr-defined] # a FastAPI
    assert hall.post(f"{one}/label", "facilitator").content.startswith(b"%PDF-")


def test_an_operator_opens_a_workshop_and_gets_everything_once(hall: Hall) -> None:
    answer = hall.post("/workshops/new", "operator", **ORDER)
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["cache-control"] == "no-store"
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert sorted(archive.namelist()) == ["facilitator.txt", "labels.pdf", "meters.json"]
    document = json.loads(archive.read("meters.json"))
    assert [meter["number"] for meter in document["meters"]] == [1, 2]
    note = archive.read("facilitator.txt").decode()
    link = re.search(r"http://testserver(/l/\S+)", note)
    assert link
    entered = hall.client.get(link[1])
    assert entered.headers["location"] == "/workshop"
    token = link[1].rpartition("/")[2]
    board = hall.client.get("/workshop", headers={"authorization": f"Bearer {token}"}).text
    assert all(meter["serial"] in board for meter in document["meters"])
    assert archive.read("labels.pdf").startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"place": ""}, "order_texts"),
        ({"kits": "0"}, "order_kits"),
        ({"kits": "many"}, "order_kits"),
        ({"kits": "9999999999"}, "order_kits"),
        ({"variant": "solar"}, "order_variant"),
        ({"held_on": "soon"}, "order_date"),
        ({"held_on": "1999-01-01"}, "order_date"),
    ],
)
def test_an_order_with_a_slip_says_which(hall: Hall, changes: dict[str, str], code: str) -> None:
    answer = hall.post("/workshops/new", "operator", **(ORDER | changes))
    assert answer.headers["location"] == f"/workshops/new?refused={code}"
    assert 'role="alert"' in hall.get(answer.headers["location"], "operator").text


def test_a_passport_is_printed_in_the_readers_language(hall: Hall) -> None:
    answer = hall.get("/kit/passport.pdf", "maker", "fr")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert answer.content == hall.get("/kit/passport.pdf", "maker", "fr").content
    assert answer.content != hall.get("/kit/passport.pdf", "maker", "en").content


def test_a_meter_from_no_workshop_has_its_own_page(hall: Hall) -> None:
    assert hall.get("/kit", "kitless maker").headers["location"] == "/meter"


def test_a_maker_of_a_kit_enters_at_the_kit(hall: Hall) -> None:
    entered = hall.client.get(f"/l/{hall.own.kit().maker_token}")
    assert entered.headers["location"] == "/kit"
