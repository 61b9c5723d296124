"""A household's pages of euros: this month, its budget, and other contracts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup

from commonwatt.access import HouseholdMember, Paused
from commonwatt.reports.cost import HouseholdCost
from commonwatt.reports.explanation import cost_explanation
from commonwatt.reports.money import Budget, LateHeater, MoneyReport, load_money
from commonwatt.reports.offers import Offer, OffersReport, load_offers
from commonwatt.storage.budgets import set_budget
from dashboards.areas import Area, area_links
from dashboards.choices import local_date, read_number
from dashboards.contexts import Link, Row, Table
from dashboards.deps import Database, Language, Now, Reader
from dashboards.explanations import tell_explanation
from dashboards.home_contexts import BudgetPanel, MoneyPage, OffersPage
from dashboards.rendering import language_links, render
from dashboards.words import Words

router = APIRouter()

NOTABLE_EUR = 1.0
"""A difference below this is not spoken of."""


@router.get("/home/money")
def money(
    request: Request, viewer: Reader, connection: Database, now_utc: Now, words: Language
) -> Response:
    if isinstance(viewer, Paused):
        return RedirectResponse("/home/data", 303)
    report = load_money(connection, viewer, now_utc)
    may_change = isinstance(viewer, HouseholdMember)
    return render(request, money_page(request, report, words, may_change=may_change))


@router.post("/home/money/budget")
def choose_budget(
    viewer: Reader,
    connection: Database,
    now_utc: Now,
    month_eur: Annotated[str, Form(max_length=12)] = "",
) -> RedirectResponse:
    """Keep the budget of a month; an empty one ends that."""
    set_budget(connection, viewer, read_number(month_eur), now_utc)
    return RedirectResponse("/home/money#budget", 303)


@router.get("/home/money/contracts")
def offers(
    request: Request, viewer: Reader, connection: Database, now_utc: Now, words: Language
) -> Response:
    if isinstance(viewer, Paused):
        return RedirectResponse("/home/data", 303)
    report = load_offers(connection, viewer, now_utc)
    return render(request, offers_page(request, report, words))


def money_page(
    request: Request, report: MoneyReport, words: Words, *, may_change: bool
) -> MoneyPage:
    cost = report.cost
    return MoneyPage(
        words=words,
        title=words.text("money.title"),
        languages=language_links(request, words),
        areas=area_links(Area.MONEY, words),
        month=words.month(local_date(report.month.start_utc)),
        sentence=_sentence(cost, words),
        forecast=_forecast(report, words),
        problems=tuple(words.finding(finding, "household") for finding in cost.findings),
        needs_contract=_needs_contract(cost),
        table=_rates(cost, words),
        heater=_heater(report.heater, words),
        budget=_budget(report.budget, cost, words),
        known=tuple(tell_explanation(words, cost_explanation(report.month, cost), "household")),
        offers=Link(words.text("money.offers"), "/home/money/contracts"),
        may_change=may_change,
    )


def _needs_contract(cost: HouseholdCost) -> bool:
    return any(finding.code == "no_contract" for finding in cost.findings)


def _sentence(cost: HouseholdCost, words: Words) -> Markup:
    if cost.total_eur is None:
        return words.rich("money.unknown")
    return words.rich("money.spent", euros=words.euros(cost.total_eur))


def _forecast(report: MoneyReport, words: Words) -> Markup | None:
    if report.forecast is None:
        return None
    low, expected, high = (
        words.euros(value, whole=True)
        for value in (report.forecast.low, report.forecast.expected, report.forecast.high)
    )
    if low == high:
        return words.rich("money.forecast.sure", euros=expected)
    return words.rich("money.forecast", euros=expected, low=low, high=high)


def _rates(cost: HouseholdCost, words: Words) -> Table | None:
    if cost.total_eur is None or cost.subscription_eur is None:
        return None
    rows = [
        Row(
            words.text(f"rate.{each.rate}"),
            (words.number(each.energy_kwh, 1), words.cents(each.energy_eur)),
        )
        for each in cost.rates
    ]
    fixed = Row(words.text("money.subscription"), ("", words.cents(cost.subscription_eur)))
    total = Row(words.text("money.total"), ("", words.cents(cost.total_eur)))
    columns = ("money.column.rate", "table.energy", "money.column.euros")
    return Table(
        caption=words.text("money.table.caption"),
        columns=tuple(words.text(code) for code in columns),
        rows=(*rows, fixed, total),
    )


def _heater(heater: LateHeater | None, words: Words) -> str | None:
    if heater is None or heater.extra_eur < NOTABLE_EUR:
        return None
    hour, minute = divmod(heater.start_minute, 60)
    time = f"{hour:02d}:{minute:02d}"
    return words.text("money.heater", time=time, euros=words.euros(heater.extra_eur, whole=True))


def _budget(budget: Budget | None, cost: HouseholdCost, words: Words) -> BudgetPanel:
    if budget is None:
        return BudgetPanel(words.rich("budget.none"), None, None, "")
    month_eur = f"{budget.month_eur:g}"
    if cost.total_eur is None:
        return BudgetPanel(_left(budget, words), None, None, month_eur)
    share = max(cost.total_eur / budget.month_eur, 0.0)
    facts = {
        "spent": words.euros(cost.total_eur, whole=True),
        "budget": words.euros(budget.month_eur, whole=True),
    }
    return BudgetPanel(
        sentence=_left(budget, words),
        share=min(share, 1.0),
        share_text=words.text("budget.share", **facts),
        month_eur=month_eur,
    )


def _left(budget: Budget, words: Words) -> Markup:
    if budget.left_eur is None or budget.left_per_day_eur is None:
        return words.rich("budget.waiting", budget=words.euros(budget.month_eur, whole=True))
    if budget.left_eur <= 0:
        return words.rich("budget.spent", euros=words.euros(-budget.left_eur, whole=True))
    return words.rich(
        "budget.left",
        euros=words.euros(budget.left_per_day_eur),
        days=words.number(budget.days_left),
    )


def offers_page(request: Request, report: OffersReport | None, words: Words) -> OffersPage:
    return OffersPage(
        words=words,
        title=words.text("offers.title"),
        languages=language_links(request, words),
        areas=area_links(Area.MONEY, words),
        sentence=_cheapest(report, words),
        table=_offers_table(report, words) if report else None,
        remarks=tuple(_remarks(report, words)) if report else (),
        needs_contract=report is None,
    )


def _cheapest(report: OffersReport | None, words: Words) -> Markup:
    if report is None:
        return words.rich("offers.no_contract")
    told = [(each.priced.difference_eur, each) for each in report.offers if each.priced]
    if not told:
        return words.rich("offers.unknown")
    difference_eur, best = min(told, key=lambda pair: pair[0])
    if difference_eur > -NOTABLE_EUR:
        return words.rich("offers.stay")
    return words.rich(
        "offers.cheaper",
        option=words.text(f"contract.option.{best.option}"),
        euros=words.euros(-difference_eur, whole=True),
    )


def _offers_table(report: OffersReport, words: Words) -> Table:
    own = words.text("offers.own", option=words.text(f"contract.option.{report.own}"))
    columns = ("contract", "own", "other", "difference")
    return Table(
        caption=own,
        columns=tuple(words.text(f"offers.column.{column}") for column in columns),
        rows=tuple(_offer_row(each, words) for each in report.offers),
    )


def _offer_row(offer: Offer, words: Words) -> Row:
    name = words.text(f"contract.option.{offer.option}")
    priced = offer.priced
    if priced is None:
        return Row(name, ("-", words.text("offers.withheld")))
    first = words.full_date(local_date(priced.period.start_utc))
    return Row(
        words.text("offers.since", option=name, first=first),
        (
            words.cents(priced.own_eur),
            words.cents(priced.other_eur),
            words.signed(priced.difference_eur, 2),
        ),
    )


def _remarks(report: OffersReport, words: Words) -> list[str]:
    remarks = [words.text("offers.same")]
    if any(each.is_usual_night for each in report.offers):
        remarks.append(words.text("offers.usual_night"))
    lacking = [each for each in report.offers if each.priced is None]
    told = {finding.code: finding for each in lacking for finding in each.findings}
    return [*remarks, *(words.finding(each, "household") for each in told.values())]
