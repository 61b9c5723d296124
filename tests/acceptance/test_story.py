"""The whole story through HTTP and MQTT: a workshop of twelve, a home, a move, an erasure."""

from __future__ import annotations

import csv
import io
import re
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from commonwatt.catalogue.steps import shipped_steps
from commonwatt.model import ZONE
from commonwatt.storage.pool import connect
from tests.acceptance.conftest import await_true
from tests.acceptance.people import Browser, Handover, Kit, read_labels, run_command

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.acceptance.conftest import Service

KITS = 12
MINUTE = "%Y-%m-%dT%H:%M"


@pytest.fixture
def people(service: Service) -> Iterator[dict[str, Browser]]:
    """Everybody's phone, each with cookies of its own."""
    names = ("operator", "facilitator", "maker", "family", "coach", "next tenant")
    with ExitStack() as stack:
        yield {name: stack.enter_context(Browser(service)) for name in names}


def test_from_a_workshop_to_an_erased_home(
    service: Service, people: dict[str, Browser], tmp_path: Path
) -> None:
    handover = open_workshop(service, people)
    with ExitStack() as stack:
        kits = [
            stack.enter_context(Kit(service, meter["serial"], meter["secret"]))
            for meter in handover.meters
        ]
        for kit, label in zip(kits, handover.labels, strict=True):
            build(people["maker"], kit, label.maker_path)
        pass_all(people, handover, kits)
        home = claim(service, people, kits[0], handover.labels[0].claim_code, tmp_path)
        live(service, people, kits[0], home)
        lend(people)
        change_tenant(people, kits[0])
    erase(service, people, home)


def open_workshop(service: Service, people: dict[str, Browser]) -> Handover:
    link = run_command(service, "link", "operator").strip()
    people["operator"].open("/" + link.split("/", 3)[3])
    answer = people["operator"].submit(
        "/workshops/new",
        place="Maison des jeunes",
        held_on=datetime.now(UTC).date().isoformat(),
        kits=str(KITS),
        variant="led",
        facilitator="Nadia",
        parts_revision="led-r1",
    )
    handover = Handover.unpacked(answer.content)
    assert len(handover.labels) == len(handover.meters) == KITS
    people["facilitator"].open(handover.facilitator_path)
    return handover


def build(maker: Browser, kit: Kit, path: str) -> None:
    """Scan the label, tick every step; the meter may speak then and tests itself."""
    maker.open(path)
    assert kit.serial in maker.open("/kit")
    for step in shipped_steps("led"):
        maker.submit(f"/kit/steps/{step.key}", done="yes")
    kit.test_itself()
    await_true(lambda: "Test passed!" in maker.open("/kit/bench"))


def pass_all(people: dict[str, Browser], handover: Handover, kits: list[Kit]) -> None:
    facilitator, maker = people["facilitator"], people["maker"]
    for kit in kits:
        stage = facilitator.submit(f"/workshop/kits/{kit.serial}/stage", stage="tested")
        assert "refused" not in str(stage.url)
    assert f"{KITS} of {KITS} meters passed" in facilitator.open("/workshop")
    badges = f"/workshop/kits/{kits[0].serial}/badges"
    given = facilitator.submit(badges, kind="assembles", passphrase=handover.passphrase)
    assert "refused" not in str(given.url)
    maker.open(handover.labels[0].maker_path)
    assert maker.get("/kit/badges/assembles.jwt").text.count(".") == 2
    assert maker.get("/kit/passport.pdf").content.startswith(b"%PDF-")


def claim(service: Service, people: dict[str, Browser], kit: Kit, code: str, folder: Path) -> str:
    """The family names its flat, agrees, and comes in by its letters; nobody claims it twice."""
    listed = folder / "homes.csv"
    listed.write_text("building;stairwell;dwelling\nTilleuls;A;A01\n", "utf-8")
    run_command(service, "dwellings", str(listed))
    (row,) = csv.DictReader(io.StringIO(run_command(service, "letters", "Tilleuls")))
    family = people["family"]
    assert code in family.open(f"/claim?code={code}")
    form = {"code": code, "dwelling": row["letters"], "agree": ["own_view", "building_figures"]}
    kit.press_button()
    enter(family, take_home(family, form))
    with connect(service.postgres.url) as connection:
        newest = connection.execute("SELECT max(occupancy_id) FROM occupancies").fetchone()
    assert newest is not None
    return str(newest[0])


def take_home(phone: Browser, form: dict[str, Any]) -> str:
    """Send the form until the press of the button has come through; the letters, shown this once."""
    told: list[str] = []

    def is_claimed() -> bool:
        answer = phone.post("/claim", data=form)
        told.extend(re.findall(r"<code>([\w-]{19})</code>", answer.text))
        return answer.status_code == 200

    time.sleep(1)
    await_true(is_claimed)
    return told[0]


def enter(phone: Browser, letters: str) -> None:
    home = phone.submit("/enter", letters=letters.upper().replace("-", " "))
    assert home.url.path == "/home"


def live(service: Service, people: dict[str, Browser], kit: Kit, home: str) -> None:
    """They moved in two hours ago, as turns out; a tenth of a kWh is theirs since."""
    family = people["family"]
    began = datetime.now(ZoneInfo(ZONE)) - timedelta(hours=2)
    with connect(service.postgres.url) as connection:
        noted = connection.execute("SELECT start_utc FROM installations").fetchone()
    assert noted is not None
    believed = noted[0].astimezone(ZoneInfo(ZONE))
    run_command(service, "correct", "stay", home, began.strftime(MINUTE))
    dates = (believed.strftime(MINUTE), began.strftime(MINUTE))
    run_command(service, "correct", "installation", kit.serial, *dates)
    kit.measure(1000, ago_s=3900)
    kit.measure(1100, ago_s=3600)
    kit.tell_power(640)
    await_true(lambda: family.get("/api/v1/household/now").json()["power_w"] == 640)
    await_true(lambda: total_kwh(family) == pytest.approx(0.1))
    assert "640" in family.open("/home")


def total_kwh(phone: Browser) -> float | None:
    now = datetime.now(UTC)
    period = {"from": (now - timedelta(hours=3)).isoformat(), "to": now.isoformat()}
    answer = phone.get("/api/v1/household/energy", params=period).json()
    told: float | None = answer["total"]["kwh"]
    return told


def lend(people: dict[str, Browser]) -> None:
    family, coach = people["family"], people["coach"]
    lent = family.submit("/home/data/pass").text
    (token,) = set(re.findall(r"/l/([\w-]+)", lent))
    assert "640" in coach.open(f"/l/{token}")
    assert "somebody with your link" in family.open("/home/data")
    family.submit("/home/data/pass/end")
    assert coach.get("/home").status_code == 404


def change_tenant(people: dict[str, Browser], kit: Kit) -> None:
    """The family leaves; the meter stays, gets a new label, and its next home starts empty."""
    family, tenant = people["family"], people["next tenant"]
    family.submit("/home/data/leave", at_local=datetime.now(ZoneInfo(ZONE)).strftime(MINUTE))
    sheet = people["facilitator"].post(f"/workshop/kits/{kit.serial}/label").content
    (label,) = read_labels(sheet)
    kit.press_button()
    enter(tenant, take_home(tenant, {"code": label.claim_code, "agree": "own_view"}))
    assert total_kwh(tenant) is None, "what was before is not theirs"
    kit.tell_power(90)
    await_true(lambda: tenant.get("/api/v1/household/now").json()["power_w"] == 90)
    assert family.get("/api/v1/household/now").json()["power_w"] is None
    assert total_kwh(family) == pytest.approx(0.1)


def erase(service: Service, people: dict[str, Browser], home: str) -> None:
    family, tenant = people["family"], people["next tenant"]
    assert family.get("/api/v1/household/takeout").content.startswith(b"PK")
    family.submit("/home/data/erase", confirmation="OK")
    for path in ("/home", "/home/data", "/api/v1/household/now"):
        assert family.get(path).status_code == 404
    assert tenant.get("/api/v1/household/now").json()["power_w"] == 90
    with connect(service.postgres.url) as connection:
        for table in ("contracts", "typed_indices", "pins", "consents"):
            query = f"SELECT count(*) FROM {table} WHERE occupancy_id = %s".encode()
            assert connection.execute(query, (home,)).fetchone() == (0,), table
