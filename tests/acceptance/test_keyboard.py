"""The story again, by people who have a keyboard and nothing else, in a real browser."""

from __future__ import annotations

import csv
import io
import re
import shutil
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import sync_playwright

from commonwatt.catalogue.steps import shipped_steps
from commonwatt.model import ZONE
from commonwatt.servers.accounts import make_open_folder
from tests.acceptance.conftest import Service, await_true
from tests.acceptance.keyboard import Hands
from tests.acceptance.people import Handover, Kit, read_labels, run_command

if TYPE_CHECKING:
    from collections.abc import Iterator

MINUTE = "%Y-%m-%dT%H:%M"
PEOPLE = ("operator", "facilitator", "maker", "family", "coach")


@pytest.fixture(scope="module")
def plain_service() -> Iterator[Service]:
    folder = make_open_folder("commonwatt-keyboard-")
    with Service(folder) as running:
        yield running
    shutil.rmtree(folder)


@pytest.fixture
def people(plain_service: Service) -> Iterator[dict[str, Hands]]:
    """Everybody at a browser of their own, whose pages are in English."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox"], env={"LANG": "en_US.UTF-8"}
        )
        pages = {
            name: browser.new_context(locale="en-GB", viewport={"width": 360, "height": 740})
            for name in PEOPLE
        }
        yield {
            name: Hands(context.new_page(), plain_service.web_url)
            for name, context in pages.items()
        }
        browser.close()


def test_the_story_by_keyboard(
    plain_service: Service, people: dict[str, Hands], tmp_path: Path
) -> None:
    handover = open_workshop(plain_service, people)
    meter, label = handover.meters[0], handover.labels[0]
    with ExitStack() as stack:
        kit = stack.enter_context(Kit(plain_service, meter["serial"], meter["secret"]))
        build(people["maker"], kit, label.maker_path)
        pass_kit(people["facilitator"], kit, handover)
        claim(plain_service, people["family"], kit, label.claim_code, tmp_path)
        kit.tell_power(640)
        live(people["family"])
        settle(people["family"])
        lend(people)
        leave(people["family"])
        print_a_new_label(people["facilitator"], kit, tmp_path)
    erase(people["family"])


def open_workshop(service: Service, people: dict[str, Hands]) -> Handover:
    link = run_command(service, "link", "operator").strip()
    people["operator"].open("/" + link.split("/", 3)[3])
    people["operator"].open("/workshops/new")
    archive = people["operator"].download(
        "/workshops/new",
        place="Maison des jeunes",
        held_on=datetime.now(UTC).date().isoformat(),
        kits="2",
        variant="led",
        facilitator="Nadia",
        parts_revision="led-r1",
    )
    handover = Handover.unpacked(Path(archive.path()).read_bytes())
    people["facilitator"].open(handover.facilitator_path)
    return handover


def build(maker: Hands, kit: Kit, path: str) -> None:
    """Go from step to step and tick each; look at the bench."""
    maker.open(path)
    maker.open("/kit")
    maker.submit("/kit/nickname", nickname="Zoe")
    for step in shipped_steps("led"):
        maker.open(f"/kit?step={step.key}")
        maker.submit(f"/kit/steps/{step.key}")
    kit.test_itself()
    maker.open("/kit")
    maker.follow("/kit/bench")
    await_true(lambda: "Test passed!" in maker.open("/kit/bench"))


def pass_kit(facilitator: Hands, kit: Kit, handover: Handover) -> None:
    facilitator.open("/workshop")
    facilitator.follow(f"/workshop/kits/{kit.serial}")
    facilitator.submit(f"/workshop/kits/{kit.serial}/stage", stage="tested")
    facilitator.submit(
        f"/workshop/kits/{kit.serial}/badges", kind="assembles", passphrase=handover.passphrase
    )
    assert "refused" not in facilitator.page.url


def claim(service: Service, family: Hands, kit: Kit, code: str, folder: Path) -> None:
    listed = folder / "homes.csv"
    listed.write_text("building;stairwell;dwelling\nTilleuls;A;A01\n", "utf-8")
    run_command(service, "dwellings", str(listed))
    (row,) = csv.DictReader(io.StringIO(run_command(service, "letters", "Tilleuls")))
    kit.press_button()
    agreed = ["own_view", "building_figures"]

    def is_claimed() -> bool:
        family.open(f"/claim?code={code}")
        family.send("/claim", dwelling=row["letters"], agree=agreed)
        return family.status == 200

    await_true(is_claimed)
    letters = family.page.locator("code").first.inner_text()
    family.open("/")
    family.follow("/enter")
    family.submit("/enter", letters=letters)
    assert family.path == "/home"
    began = datetime.now(ZoneInfo(ZONE)) - timedelta(hours=2)
    run_command(service, "correct", "stay", "1", began.strftime(MINUTE))


def live(family: Hands) -> None:
    """Read the power, walk through time, change the language, look at the chart, come back."""
    await_true(lambda: "640" in family.open("/home"))
    before = family.page.locator("a", has_text="The period before").first.get_attribute("href")
    family.unfold()
    family.follow(str(before))
    assert "view=day" in family.page.url
    family.follow("?" + re.sub(r".*\?", "", str(before)) + "&lang=falc")
    assert family.page.locator("html").get_attribute("lang") == "fr"
    family.open("/home?lang=en")
    explore = family.page.locator('a[href^="/home/explore"]').first.get_attribute("href")
    family.follow(str(explore))
    assert family.path == "/home/explore"


def settle(family: Hands) -> None:
    """Every form of a household, as a first evening with the pages would have it."""
    family.open("/home")
    family.follow("/home/data")
    family.submit(
        "/home/data/contract",
        valid_from="2026-01-15",
        option="off_peak",
        subscribed_kva="6",
        off_peak="22:30-6:30",
    )
    family.submit("/home/data/pin", pin="271828")
    family.submit("/home/data/consents", ':has([value="open_data"])')
    family.submit("/home/data/consents", ':has([value="paper"])')
    family.submit(
        "/home/data/index",
        index_kwh="10234",
        at_local=datetime.now(ZoneInfo(ZONE)).strftime(MINUTE),
    )
    family.open("/home")
    family.follow("/home/money")
    family.submit("/home/money/budget", month_eur="60")
    assert family.page.locator("#month_eur").input_value() == "60"
    family.follow("/home/saving")
    family.submit("/home/saving")
    family.follow("/home/always-on")
    family.follow("/home/compare")
    home = {"heating": "gas", "hot_water": "electricity", "surface_m2": "52", "people": "2"}
    family.submit("/home/compare", **home, agree="true")
    family.follow("/home/advice")
    family.submit("/home/advice/alert", ':has([value="always_on"])', above="150")
    assert "Alert chosen." in family.text


def lend(people: dict[str, Hands]) -> None:
    family, coach = people["family"], people["coach"]
    family.open("/home/data")
    family.submit("/home/data/pass")
    link = family.page.locator('main a[href*="/l/"]').get_attribute("href")
    assert link is not None
    assert "640" in coach.open("/" + link.split("/", 3)[3])
    assert coach.page.locator("main form").count() == 0
    family.open("/home/data")
    family.submit("/home/data/pass/end")
    gone = coach.page.goto(f"{coach.url}/home")
    assert gone is not None
    assert gone.status == 404


def leave(family: Hands) -> None:
    family.open("/home/data")
    now = datetime.now(ZoneInfo(ZONE)).strftime(MINUTE)
    family.submit("/home/data/leave", at_local=now)


def print_a_new_label(facilitator: Hands, kit: Kit, folder: Path) -> None:
    facilitator.open("/workshop")
    facilitator.follow(f"/workshop/kits/{kit.serial}")
    sheet = facilitator.download(f"/workshop/kits/{kit.serial}/label")
    sheet.save_as(folder / "label.pdf")
    assert len(read_labels((folder / "label.pdf").read_bytes())) == 1


def erase(family: Hands) -> None:
    family.open("/home/data")
    family.submit("/home/data/erase", confirmation="OK")
    assert family.path == "/"
    gone = family.page.goto(f"{family.url}/home")
    assert gone is not None
    assert gone.status == 404
