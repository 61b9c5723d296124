"""What a page says of the moment: the rate, and how much more may be switched on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards.contexts import MomentPanel

if TYPE_CHECKING:
    from markupsafe import Markup

    from commonwatt.reports.moment import Moment
    from dashboards.words import Words


def moment_panel(moment: Moment, words: Words) -> MomentPanel:
    return MomentPanel(
        rate=words.rich(
            "moment.rate",
            rate=words.text(f"rate.{moment.rate}"),
            cents=words.number(moment.price_eur_per_kwh * 100, 1),
        ),
        until=_until(moment, words),
        margin=_margin(moment, words),
        limit_w=round(moment.limit_w),
        is_over=moment.margin_w is not None and moment.margin_w < 0,
    )


def _until(moment: Moment, words: Words) -> str | None:
    if moment.until_utc is None:
        return None
    return words.text("moment.until", time=words.clock(moment.until_utc))


def _margin(moment: Moment, words: Words) -> Markup | None:
    if moment.margin_w is None:
        return None
    code = "moment.over" if moment.margin_w < 0 else "moment.margin"
    power = words.text("unit.power", power=words.number(abs(moment.margin_w)))
    kva = str(moment.subscribed_kva)
    return words.rich(code, power=power) + " " + words.text("moment.subscribed", kva=kva)
