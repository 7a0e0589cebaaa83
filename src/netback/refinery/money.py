"""Prices: currency and uom in, currency of the case per uom of the stream out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netback import uom
from netback.case.case import Case
from netback.errors import DataError, Finding
from netback.refinery.timeline import timelines, values

FloatArray = NDArray[np.float64]


def split_price_uom(text: str) -> tuple[str, str]:
    """Split ``USD/bbl`` into currency and uom."""
    currency, _, quantity = text.partition("/")
    return currency, quantity


@dataclass(frozen=True)
class Money:
    """Converts prices of one case. ``rates`` holds units of each currency per unit of the case's, by period."""

    currency: str
    rates: dict[str, FloatArray]
    periods: int

    @classmethod
    def of(cls, case: Case) -> Money:
        """Read exchange_rates.csv."""
        lines = timelines(case, "exchange_rates", ("currency",))
        rates = {key[0]: values(line, "rate", np.nan) for key, line in lines.items()}
        return cls(case.currency, rates, len(case.horizon.names))

    def factor(
        self, price_uom: str | None, stream_uom: str, density_t_per_m3: float | None, period: int
    ) -> float:
        """What a price in ``price_uom`` is multiplied by to read currency of the case per ``stream_uom``.

        Raises
        ------
        DataError
            If a density or an exchange rate is needed and missing.
        """
        if price_uom is None:
            return 1.0
        currency, quantity = split_price_uom(price_uom)
        per_quantity = uom.factor(stream_uom, quantity, density_t_per_m3) if quantity else 1.0
        if currency == self.currency:
            return per_quantity
        rate = self.rates.get(currency)
        if rate is None or not rate[period] > 0.0:
            raise DataError(
                Finding(
                    "exchange_rates.csv",
                    f"no rate of {currency} against {self.currency} for this period.",
                    "Add a row.",
                )
            )
        return per_quantity / float(rate[period])

    def factors(self, price_uom: str | None, stream_uom: str, density_t_per_m3: float | None) -> FloatArray:
        """Factor of every period, float (periods,). Errors as :meth:`factor`."""
        if self.is_own(price_uom):
            return np.full(self.periods, self.factor(price_uom, stream_uom, density_t_per_m3, 0))
        return np.array(
            [self.factor(price_uom, stream_uom, density_t_per_m3, p) for p in range(self.periods)]
        )

    def is_own(self, price_uom: str | None) -> bool:
        """Whether a price needs no exchange rate, so that its factor is the same in every period."""
        return price_uom is None or split_price_uom(price_uom)[0] == self.currency
