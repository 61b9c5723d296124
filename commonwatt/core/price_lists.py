"""Price lists as dated records: one option of one offer between two days."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

from commonwatt.core.tariff import RATES, check_dates, listed, told
from commonwatt.errors import TariffError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from commonwatt.core.tariff import Contract, Option, Rate

MOST_EUR_PER_KWH = 5.0
"""No household price is that high: a list above it gives cents for euros. [EUR/kWh]"""


@dataclass(frozen=True, slots=True)
class KvaPrices:
    """The prices of one subscribed power.

    Parameters
    ----------
    yearly_subscription_eur : float
        Taxes included. [EUR/year]
    price_eur_per_kwh : mapping of Rate to float
        Taxes included. [EUR/kWh]

    Raises
    ------
    TariffError
        If the subscription is negative or not finite, or a price is outside 0 to 5 EUR.
    """

    yearly_subscription_eur: float
    price_eur_per_kwh: Mapping[Rate, float]

    def __post_init__(self) -> None:
        if not 0 <= self.yearly_subscription_eur < float("inf"):
            given = self.yearly_subscription_eur
            raise TariffError(f"a subscription of 0 EUR a year or more was expected, not {given}")
        for rate, price_eur in self.price_eur_per_kwh.items():
            if not 0 <= price_eur <= MOST_EUR_PER_KWH:
                raise TariffError(
                    f"{rate}: 0 to {MOST_EUR_PER_KWH:g} EUR/kWh was expected, not {price_eur}"
                )


@dataclass(frozen=True, slots=True)
class PriceList:
    """The prices of one option of one offer between two days.

    Parameters
    ----------
    name : str
        Names this version of the prices, as reports repeat it.
    option : Option
        The option it prices.
    valid_from, valid_to : date, date or None
        The first and the last local day; None while it goes on.
    source : str
        Who published the prices and where they were read.
    by_kva : mapping of int to KvaPrices
        Prices of each subscribed power. [kVA]
    offer : str
        Whose prices these are.

    Raises
    ------
    TariffError
        If it ends before it begins, has no source, no prices, or other rates than its option.
    """

    name: str
    option: Option
    valid_from: date
    valid_to: date | None
    source: str
    by_kva: Mapping[int, KvaPrices] = field(repr=False)
    offer: str = "regulated"

    def __post_init__(self) -> None:
        check_dates(f"the price list {self.name}", self.valid_from, self.valid_to)
        if not self.name.strip() or not self.source.strip() or not self.by_kva:
            raise TariffError("a price list needs a name, a source and the prices of some power")
        wanted = set(RATES[self.option])
        for kva, prices in self.by_kva.items():
            given = set(prices.price_eur_per_kwh)
            if given != wanted:
                raise TariffError(
                    f"{self.name}, {kva} kVA: the option {self.option} has the rates "
                    f"{', '.join(sorted(wanted))}; given were {', '.join(sorted(given)) or 'none'}"
                )

    def of(self, subscribed_kva: int) -> KvaPrices:
        """Return the prices of a subscribed power.

        Parameters
        ----------
        subscribed_kva : int
            Subscribed power. [kVA]

        Returns
        -------
        KvaPrices
            Its prices.

        Raises
        ------
        TariffError
            If the list has none for it.
        """
        if subscribed_kva not in self.by_kva:
            raise TariffError(
                f"{self.name} has prices for {sorted(self.by_kva)} kVA, not for {subscribed_kva}"
            )
        return self.by_kva[subscribed_kva]


@dataclass(frozen=True, slots=True)
class PriceBook:
    """Every price list at hand.

    Parameters
    ----------
    lists : tuple of PriceList
        In any order; there may be holes between them, which cannot be priced.

    Raises
    ------
    TariffError
        If two have one name, or two of one offer and option are valid on the same day.
    """

    lists: tuple[PriceList, ...]

    def __post_init__(self) -> None:
        ordered = sorted(self.lists, key=lambda each: (each.offer, each.option, each.valid_from))
        names = [each.name for each in ordered]
        if len(set(names)) < len(names):
            raise TariffError(f"two price lists have one name: {sorted(names)}")
        for former, latter in pairwise(ordered):
            together = (former.offer, former.option) == (latter.offer, latter.option)
            if together and latter.valid_from <= (former.valid_to or date.max):
                raise TariffError(
                    f"price lists overlap: {former.name} is valid "
                    f"{told(former.valid_from, former.valid_to)}, {latter.name} from "
                    f"{latter.valid_from}"
                )

    def find(self, contract: Contract, day: date) -> PriceList | None:
        """Return the price list of a contract on a local day, if there is one."""
        for each in self._of(contract):
            if each.valid_from <= day <= (each.valid_to or date.max):
                return each
        return None

    def of(self, contract: Contract, day: date) -> PriceList:
        """Return the price list of a contract on a local day.

        Parameters
        ----------
        contract : Contract
            Says the offer and the option.
        day : date
            A local day.

        Returns
        -------
        PriceList
            The one valid that day.

        Raises
        ------
        TariffError
            If there is none: the day lies in a hole.
        """
        found = self.find(contract, day)
        if found is None:
            given = [told(each.valid_from, each.valid_to) for each in self._of(contract)]
            raise TariffError(
                f"prices of the {contract.offer} option {contract.option} for {day} were "
                f"expected; {listed('lists', sorted(given))}"
            )
        return found

    def _of(self, contract: Contract) -> Sequence[PriceList]:
        wanted = contract.offer, contract.option
        return [each for each in self.lists if (each.offer, each.option) == wanted]
