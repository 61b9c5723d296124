"""A household's page of what is always on, and the hunt for it from room to room."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup

from commonwatt.access import Paused
from commonwatt.reports.always_on import AlwaysOnReport, load_always_on_report
from dashboards.areas import Area, area_links
from dashboards.contexts import Link
from dashboards.deps import Database, Language, Now, Reader
from dashboards.home_contexts import AlwaysOnPage, RoomStep
from dashboards.panels import live_panel
from dashboards.rendering import language_links, render
from dashboards.words import Words

router = APIRouter()

ROOMS: Final = ("living", "kitchen", "bedroom", "bathroom", "hall")
_ADDRESS = "/home/always-on"
_MOST_W = 36_000
_TRAIL = re.compile(r"\d{1,5}(,\d{1,5}){0,5}")


@dataclass(frozen=True, slots=True)
class Hunt:
    """The power before the first room and after each room that was tried."""

    powers_w: tuple[int, ...]

    @property
    def is_begun(self) -> bool:
        return bool(self.powers_w)

    @property
    def tried(self) -> int:
        return max(len(self.powers_w) - 1, 0)

    def found_w(self, room: int) -> int:
        """What was unplugged in a room; nothing if more is used than before it."""
        return max(self.powers_w[room] - self.powers_w[room + 1], 0)

    def query(self, power_w: float) -> str:
        """The address of the hunt after one more look."""
        return ",".join(str(each) for each in (*self.powers_w, round(max(power_w, 0))))


def read_hunt(trail: str) -> Hunt:
    """The hunt written in an address; an unreadable one begins anew."""
    if not _TRAIL.fullmatch(trail):
        return Hunt(())
    powers_w = tuple(int(each) for each in trail.split(","))
    return Hunt(powers_w if max(powers_w) <= _MOST_W else ())


@router.get("/home/always-on")
def always_on(
    request: Request,
    viewer: Reader,
    connection: Database,
    now_utc: Now,
    words: Language,
    hunt: str = "",
) -> Response:
    if isinstance(viewer, Paused):
        return RedirectResponse("/home/data", 303)
    report = load_always_on_report(connection, viewer, now_utc)
    return render(request, always_on_page(request, report, read_hunt(hunt), words))


def always_on_page(
    request: Request, report: AlwaysOnReport, hunt: Hunt, words: Words
) -> AlwaysOnPage:
    fresh_w = _fresh_w(report)
    again = Link(words.text("hunt.again" if hunt.is_begun else "hunt.begin"), _begin(fresh_w))
    return AlwaysOnPage(
        words=words,
        title=words.text("always_on.title"),
        languages=language_links(request, words),
        areas=area_links(Area.ALWAYS_ON, words),
        sentence=_sentence(report, words),
        cost=_cost(report, words),
        share=_share(report, words),
        warning=_warning(report, words),
        live=live_panel(report.live, words, report.now_utc),
        step=_step(hunt, fresh_w, words),
        begin=None if fresh_w is None else again,
        rooms=tuple(_room(number, hunt, fresh_w, words) for number in range(len(ROOMS))),
        found=_found(hunt, report, words),
    )


def _fresh_w(report: AlwaysOnReport) -> float | None:
    """The power of the moment, if it may be called that."""
    if report.live is None or not report.live.is_fresh(report.now_utc):
        return None
    return report.live.power_w


def _begin(fresh_w: float | None) -> str:
    return f"{_ADDRESS}?hunt={Hunt(()).query(fresh_w or 0)}#hunt"


def _sentence(report: AlwaysOnReport, words: Words) -> Markup:
    if report.load is None:
        return words.rich("always_on.unknown")
    power = words.text("unit.power", power=words.number(report.load.power_w))
    return words.rich("always_on.load", power=power)


def _cost(report: AlwaysOnReport, words: Words) -> str | None:
    if report.year_eur is None:
        return None
    return words.text("always_on.cost", euros=words.euros(report.year_eur, whole=True))


def _share(report: AlwaysOnReport, words: Words) -> str | None:
    return (
        None
        if report.share is None
        else words.text("always_on.share", share=words.share(report.share))
    )


def _warning(report: AlwaysOnReport, words: Words) -> str | None:
    """Heating runs at night, too, and some of these nights are of winter."""
    if report.load is None or not report.load.season_share > 0:
        return None
    return words.text("always_on.heated" if report.load.heated else "always_on.season")


def _step(hunt: Hunt, fresh_w: float | None, words: Words) -> str:
    if fresh_w is None:
        return words.text("hunt.no_power")
    if not hunt.is_begun:
        return words.text("hunt.ready")
    if hunt.tried < len(ROOMS):
        return words.text("hunt.go", room=words.text(f"room.{ROOMS[hunt.tried]}"))
    return words.text("hunt.done")


def _room(number: int, hunt: Hunt, fresh_w: float | None, words: Words) -> RoomStep:
    name = words.text(f"room.{ROOMS[number]}")
    if number < hunt.tried:
        return RoomStep(
            name, words.text("hunt.room", power=words.number(hunt.found_w(number))), None
        )
    if number > hunt.tried or not hunt.is_begun or fresh_w is None:
        return RoomStep(name, None, None)
    url = f"{_ADDRESS}?hunt={hunt.query(fresh_w)}#hunt"
    return RoomStep(name, None, Link(words.text("hunt.note"), url))


def _found(hunt: Hunt, report: AlwaysOnReport, words: Words) -> str | None:
    if not hunt.tried:
        return None
    found_w = sum(hunt.found_w(room) for room in range(hunt.tried))
    power = words.number(found_w)
    if report.eur_a_watt_year is None:
        return words.text("hunt.found", power=power)
    euros = words.euros(found_w * report.eur_a_watt_year, whole=True)
    return words.text("hunt.found.euros", power=power, euros=euros)
