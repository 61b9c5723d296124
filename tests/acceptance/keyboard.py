"""Somebody at a browser who has a keyboard and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import Download, Locator, Page

MOST_STEPS = 250
FOCUS = "el => el === document.activeElement"
SEEN = """el => {
    const style = getComputedStyle(el), place = el.getBoundingClientRect();
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2
        && place.bottom > 0 && place.top < innerHeight;
}"""


class Hands:
    """Reaches what is on a page by the tabulator alone, and works it with keys."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.status = 200

    def open(self, path: str) -> str:
        """Type an address, or scan a code."""
        answer = self.page.goto(self.url + path)
        assert answer is not None
        assert answer.status == 200, f"{path}: {answer.status}"
        return self.text

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path

    @property
    def text(self) -> str:
        return self.page.locator("main").inner_text().replace("\u00a0", " ")

    def reach(self, target: Locator) -> None:
        """Press the tabulator until the target has the focus, and see that this can be seen."""
        for _ in range(MOST_STEPS):
            if target.evaluate(FOCUS):
                break
            self.page.keyboard.press("Tab")
        assert target.evaluate(FOCUS), f"no key leads to {target}"
        assert target.evaluate(SEEN), f"the focus on {target} is not seen"

    def follow(self, href: str) -> None:
        """Reach a link and open it."""
        self.reach(self.page.locator(f'a[href="{href}"]').first)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def unfold(self, index: int = 0) -> None:
        self.reach(self.page.locator("summary").nth(index))
        self.page.keyboard.press("Enter")

    def submit(self, action: str, where: str = "", **fields: str | list[str]) -> None:
        """Send a form that is taken."""
        self.send(action, where, **fields)
        assert self.status == 200, f"{action}: {self.status} {self.text}"

    def send(self, action: str, where: str = "", **fields: str | list[str]) -> None:
        """Fill in a form and press its button; the page that answers is shown, be it a refusal."""
        form = self.fill(action, where, **fields)
        self.reach(form.locator("button"))
        with self.page.expect_navigation() as answered:
            self.page.keyboard.press("Enter")
        self.status = answered.value.status if answered.value else 0

    def download(self, action: str, **fields: str | list[str]) -> Download:
        form = self.fill(action, "", **fields)
        self.reach(form.locator("button"))
        with self.page.expect_download() as told:
            self.page.keyboard.press("Enter")
        return told.value

    def fill(self, action: str, where: str, **fields: str | list[str]) -> Locator:
        form = self.page.locator(f'form[action="{action}"]{where}').first
        for name, value in fields.items():
            for each in [value] if isinstance(value, str) else value:
                self._fill_one(form, name, each)
        return form

    def _fill_one(self, form: Locator, name: str, value: str) -> None:
        field = form.locator(f'[name="{name}"]')
        if field.first.get_attribute("type") == "checkbox":
            box = form.locator(f'[name="{name}"][value="{value}"]')
            self.reach(box)
            if not box.is_checked():
                self.page.keyboard.press("Space")
            assert box.is_checked()
            return
        self.reach(field)
        if field.evaluate("el => el.localName") == "select":
            self._choose(field, value)
        elif str(field.get_attribute("type")).startswith("date"):
            self._type_date(field, value)
            assert field.input_value() == value
        else:
            self.page.keyboard.press("Control+A")
            self.page.keyboard.type(value)
            assert field.input_value() == value

    def _type_date(self, field: Locator, value: str) -> None:
        """Type 01/31/2026 and 05:30 PM into the parts of a field; a bounded year ends by itself."""
        day, _, time = value.partition("T")
        year, month, of_month = day.split("-")
        self.page.keyboard.type(f"{month}{of_month}{year}")
        if time:
            hour, minute = (int(part) for part in time.split(":"))
            if not field.get_attribute("max"):
                self.page.keyboard.press("Tab")
            self.page.keyboard.type(f"{(hour - 1) % 12 + 1:02d}{minute:02d}")
            self.page.keyboard.type("P" if hour >= 12 else "A")

    def _choose(self, field: Locator, value: str) -> None:
        """Walk down a closed list until the value is chosen."""
        self.page.keyboard.press("Home")
        for _ in range(field.locator("option").count()):
            if field.input_value() == value:
                break
            self.page.keyboard.press("ArrowDown")
        assert field.input_value() == value
