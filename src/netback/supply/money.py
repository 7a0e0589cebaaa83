"""Amounts of money per amount of cargo, as tables state them: ``USD``, ``PKR/t``, ``USD/bbl``, ``%``, ``%/year``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from netback.case.case import Case
from netback.errors import DataError, Finding

_FORM = re.compile(r"(?P<currency>[A-Z]{3})(?:/(?P<uom>t|bbl))?|(?P<share>%)(?P<year>/year)?")


@dataclass(frozen=True, slots=True)
class AmountUom:
    """What an amount is measured in. ``currency`` is blank for a share; ``uom`` is t, bbl or blank (whole cargo)."""

    currency: str
    uom: str
    is_share: bool
    is_per_year: bool


def parse_amount_uom(text: str, where: str = "") -> AmountUom:
    """Read ``USD``, ``USD/t``, ``PKR/bbl``, ``%`` or ``%/year``.

    Raises
    ------
    DataError
        If the text has another form.
    """
    match = _FORM.fullmatch(text.strip())
    if match is None:
        hint = "Write USD, USD/t or USD/bbl, another currency likewise, % or %/year."
        raise DataError(Finding(where, f'"{text}" is not an amount of money.', hint))
    share = match["share"] is not None
    return AmountUom(match["currency"] or "", match["uom"] or "", share, match["year"] is not None)


def rate_per_usd(case: Case | None, currency: str, on: date, where: str = "") -> float:
    """Units of a currency for one USD on a day, from ``exchange_rates.csv`` of the case.

    A row of the period that holds the day wins over a row without a period.

    Raises
    ------
    DataError
        If the currency has no rate that holds on the day, or the case reckons in another currency than USD.
    """
    if currency == "USD":
        return 1.0
    found: float | None = None
    if case is not None and case.currency == "USD":
        for record in case.table("exchange_rates").records:
            if record["currency"] == currency and record["period"] is None:
                found = float(record["rate"])
            elif record["currency"] == currency and _in_period(case, record["period"], on):
                return float(record["rate"])
    if found is None:
        what = f"no rate of {currency} against USD on {on}."
        raise DataError(Finding(where or "exchange_rates.csv", what, "Add a row to exchange_rates.csv."))
    return found


def _in_period(case: Case, name: str, on: date) -> bool:
    period = case.horizon.periods[case.horizon.index(name)]
    return period.start is not None and period.start <= on < period.start + timedelta(days=period.days)
