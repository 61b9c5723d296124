"""What several pages say of a kit: its stage, its tests, its repair, its rewards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonwatt.registry.kits import REFUSALS
from commonwatt.registry.selftests import KNOWN, Grade
from dashboards.contexts import JudgedLine, Link

if TYPE_CHECKING:
    from datetime import date

    from commonwatt.registry.selftests import GradedTest
    from commonwatt.reports.kit import KitReport
    from commonwatt.storage.tickets import Ticket
    from dashboards.words import Words


def refused_words(code: str | None, words: Words) -> str | None:
    """Why something was refused; a code that an address made up says nothing."""
    return words.text(f"kit.refused.{code}") if code in REFUSALS else None


def stage_words(report: KitReport, words: Words) -> str:
    return words.text(f"meter.state.{report.kit.stage}")


def progress_words(report: KitReport, words: Words) -> str:
    if not report.steps:
        return words.text("kit.progress.none")
    done, count = words.number(report.steps_done), words.number(len(report.steps))
    return words.text("kit.progress", done=done, count=count)


def progress_share(report: KitReport) -> float:
    return report.steps_done / len(report.steps) if report.steps else 0.0


def verdict_code(report: KitReport) -> str:
    return {None: "missing", True: "passed", False: "failed"}[report.test_passed]


def verdict_words(report: KitReport, words: Words) -> str:
    return words.text(f"kit.verdict.{verdict_code(report)}")


def ticket_words(ticket: Ticket, words: Words) -> str:
    cause = words.text(f"ticket.{ticket.cause}")
    return words.text("ticket.since", since=words.moment(ticket.opened_utc), cause=cause)


def day_words(place: str, held_on: date, words: Words) -> str:
    return words.text("kit.workshop", place=place, day=words.day(held_on))


def judged_lines(report: KitReport, words: Words, *, for_maker: bool) -> tuple[JudgedLine, ...]:
    """Every test of a kit; only its maker is sent back to a step."""
    return tuple(_line(test, report, words, for_maker=for_maker) for test in report.tests)


def trial_name(key: str, words: Words) -> str:
    if key in KNOWN:
        return words.text(f"selftest.name.{key}")
    return words.text("selftest.name.other", key=key)


def _line(test: GradedTest, report: KitReport, words: Words, *, for_maker: bool) -> JudgedLine:
    is_well = test.grade in {Grade.PASSED, Grade.MISSING}
    return JudgedLine(
        name=trial_name(test.key, words),
        grade=test.grade,
        verdict=words.text(f"selftest.grade.{test.grade}"),
        hint=None if is_well else _hint(test.key, words),
        redo=_redo(test.key, report, words) if for_maker and not is_well else None,
    )


def _hint(key: str, words: Words) -> str:
    return words.text(f"selftest.hint.{key}" if key in KNOWN else "selftest.hint.other")


def _redo(key: str, report: KitReport, words: Words) -> Link | None:
    for known in report.steps:
        if key in known.step.tests:
            return Link(known.step.texts[words.chosen].title, f"/kit?step={known.step.key}")
    return None
