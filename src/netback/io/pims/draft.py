"""The case as it grows while the tables of a PIMS-style workbook are read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from netback import uom
from netback.case.values import CellError, parse_price
from netback.errors import DataError, Finding
from netback.io.remarks import Remarks

#: The id under which the workbook stands in sources.csv.
SOURCE: Final = "pims_workbook"
PERIOD: Final = "period"
#: Uom of utilities: the tables state none, and each utility has its own.
UTILITY_UOM: Final = "each"
#: A stream is what the first of these says of it, whichever table said it first.
_KINDS: Final = ("loss", "utility", "crude", "product", "feedstock", "intermediate")


@dataclass(frozen=True)
class Basis:
    """What the tables leave to the settings of the model, as the user states it.

    ``rate`` is the uom of all flows, for example ``kbbl/d``; ``price`` that of costs and prices, for example
    ``USD/bbl``; ``days`` the length of the period.
    """

    rate: str
    price: str
    days: float = 1.0

    @classmethod
    def of(cls, rate: str, price: str, days: float = 1.0) -> Basis:
        """Check what the user states.

        Raises
        ------
        DataError
            With all that cannot be: no rate per day, no price, a price of another dimension, no length.
        """
        findings = [
            Finding(f"option {option}", f"the workbook does not state {what}.", f"Write for example {hint}.")
            for option, text, what, hint in (
                ("--uom", rate, "the uom of its flows", "--uom kbbl/d or --uom t/d"),
                ("--price-uom", price, "the uom of its prices", "--price-uom USD/bbl"),
            )
            if not text
        ]
        if findings:
            raise DataError(findings)
        amount = rate.removesuffix("/d")
        try:
            parsed = uom.parse(rate)
            if not rate.endswith("/d") or uom.parse(amount).dimension not in ("mass", "volume"):
                what = f'"{rate}" is not a mass or volume per day.'
                findings.append(Finding("option --uom", what, "Write for example kbbl/d, bbl/d or t/d."))
        except DataError as error:
            parsed = None
            findings += [Finding("option --uom", f.what, f.hint) for f in error.findings]
        try:
            money = parse_price(price)
            if money.is_share:
                findings.append(Finding("option --price-uom", "a share is no price.", "Write USD/bbl."))
            elif parsed is not None and uom.parse(money.uom).dimension != parsed.dimension:
                what = f'"{price}" and "{rate}": one is by mass, the other by volume.'
                findings.append(Finding("option --price-uom", what, "Write both by mass or both by volume."))
        except CellError as error:
            findings.append(Finding("option --price-uom", error.what, error.hint))
        if not 0.0 < days <= 366.0:
            findings.append(Finding("option --days", f"{days:g} days are no period.", "Write 1 to 366."))
        if findings:
            raise DataError(findings)
        return cls(rate, price, days)

    @property
    def amount(self) -> str:
        """Uom of amounts: the rate without its day."""
        return self.rate.removesuffix("/d")

    @property
    def currency(self) -> str:
        """Currency of the prices."""
        return parse_price(self.price).currency

    @property
    def priced_amount(self) -> str:
        """The amount that a price is for."""
        return parse_price(self.price).uom

    @property
    def by_mass(self) -> bool:
        """Whether streams flow by mass."""
        return uom.parse(self.amount).dimension == "mass"

    @property
    def scale(self) -> float:
        """Priced amounts in an amount: 1000 where flows are in kbbl and prices per bbl."""
        return uom.factor(self.amount, self.priced_amount)


@dataclass
class Draft:
    """Rows of the tables of the case, the streams met, and where each row of a PIMS table went.

    ``targets`` maps (table, row, column) of the workbook to (table, where, column, factor) of the case, for the
    changes of table CASE.
    """

    basis: Basis
    remarks: Remarks
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    streams: dict[str, dict[str, str]] = field(default_factory=dict)
    targets: dict[tuple[str, str, str], tuple[str, str, str, float]] = field(default_factory=dict)

    def add(self, table: str, **row: Any) -> None:
        """Add a row to a table of the case; its source is the workbook."""
        self.rows(table).append(row)

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The rows of a table of the case, as they grow."""
        return self.tables.setdefault(table, [])

    def stream(self, tag: str, kind: str = "intermediate", title: str = "") -> str:
        """Note a stream and what is known of it; the first title stands."""
        known = self.streams.setdefault(tag, {"kind": kind, "title": title})
        if _KINDS.index(kind) < _KINDS.index(known["kind"]):
            known["kind"] = kind
        known["title"] = known["title"] or title
        return tag

    def is_utility(self, tag: str) -> bool:
        """Whether a stream is known as a utility."""
        return self.streams.get(tag, {}).get("kind") == "utility"

    def stream_rows(self) -> list[dict[str, Any]]:
        """Rows of streams.csv."""
        return [
            {
                "stream": tag,
                "title": known["title"] or None,
                "kind": known["kind"],
                "uom": UTILITY_UOM if known["kind"] == "utility" else self.basis.amount,
            }
            for tag, known in self.streams.items()
        ]
