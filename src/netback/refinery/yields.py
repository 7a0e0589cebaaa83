"""What a run makes: yields with base and delta, qualities of the products, utilities used.

Base and delta: yield = base yield + sum over properties of (feed property - base) / step x delta. The quality of a
product is a stated value, or offset + factor x the same property of the feed; a property that no row states is not
known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from netback.case.case import Case
from netback.case.table import Record
from netback.errors import Finding
from netback.refinery.network import Lot
from netback.refinery.rules import DENSITY


class Recipes:
    """The rows of yields, deltas, product_properties and utilities, grouped for quick use."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self._yields: dict[tuple[str, str, str], list[Record]] = defaultdict(list)
        self._deltas: dict[tuple[str, str, str, str], list[Record]] = defaultdict(list)
        self._qualities: dict[tuple[str, str], list[Record]] = defaultdict(list)
        self._utilities: dict[str, list[Record]] = defaultdict(list)
        self._chosen: dict[tuple[str, str, str, str], dict[str, Record]] = {}
        for record in case.table("yields").records:
            self._yields[record["unit"], record["mode"], record["feed"]].append(record)
        for record in case.table("deltas").records:
            key = (record["unit"], record["mode"], record["feed"], record["product"])
            self._deltas[key].append(record)
        for record in case.table("product_properties").records:
            self._qualities[record["unit"], record["product"]].append(record)
        for record in case.table("utilities").records:
            self._utilities[record["unit"]].append(record)

    def yields(self, unit: str, mode: str, feed: str) -> list[Record]:
        """Rows of yields.csv for a feed of a mode."""
        return self._yields.get((unit, mode, feed), [])

    def utilities(self, unit: str, mode: str, feed: str) -> list[Record]:
        """Rows of utilities.csv for a feed of a mode; the row that says more replaces the one that says less."""
        rows: dict[str, Record] = {}
        fitting = [
            row
            for row in self._utilities.get(unit, ())
            if row["mode"] in (None, mode) and row["feed"] in (None, feed)
        ]
        for row in sorted(fitting, key=lambda row: (row["feed"] is not None) + (row["mode"] is not None)):
            rows[row["utility"]] = row
        return list(rows.values())

    def base_and_delta(self, line: Record, feed: Lot) -> tuple[float, list[Finding]]:
        """Yield of one line for a feed of known quality, on the basis of the line; see also :meth:`below_zero`."""
        key = (line["unit"], line["mode"], line["feed"], line["product"])
        amount = float(line["yield"])
        findings: list[Finding] = []
        for row in self._deltas.get(key, ()):
            known = feed.properties.get(row["property"])
            if known is None:
                findings.append(self._unknown("deltas", row, feed))
                continue
            amount += (known - row["base"]) / row["step"] * row["delta"]
        return amount, findings

    def below_zero(self, line: Record, feed: Lot, amount: float) -> Finding:
        """What to say of a product that base and delta let a feed use up."""
        what = f"base and delta give a yield of {amount:.4g} for {_name(feed)}: below zero."
        hint = "Check base, step and delta; a linear yield holds only near its base."
        return Finding(self.case.table("yields").where(line, "yield"), what, hint)

    def product_properties(
        self, line: Record, feed: Lot, needs: Mapping[str, frozenset[str]]
    ) -> tuple[dict[str, float], list[Finding]]:
        """Needed properties of what a line makes of a feed lot."""
        place = (line["unit"], line["mode"], line["feed"], line["product"])
        if place not in self._chosen:
            self._chosen[place] = self._choose(line, needs.get(line["product"], frozenset({DENSITY})))
        found: dict[str, float] = {}
        findings: list[Finding] = []
        for name, row in self._chosen[place].items():
            if row["value"] is not None:
                found[name] = row["value"]
            elif row["factor"] is None and row["offset"] is None:
                where = self.case.table("product_properties").where(row, "value")
                findings.append(
                    Finding(where, "the row states no quality.", "Give value, or factor and offset.")
                )
            elif row["factor"] is None:
                found[name] = row["offset"]
            elif name in feed.properties:
                found[name] = (row["offset"] or 0.0) + row["factor"] * feed.properties[name]
            elif name != DENSITY:
                findings.append(self._unknown("product_properties", row, feed))
        return found, findings

    def _choose(self, line: Record, wanted: frozenset[str]) -> dict[str, Record]:
        """The row of product_properties.csv that holds for each wanted property: the most special one."""
        chosen: dict[str, Record] = {}
        rank: dict[str, int] = {}
        for row in self._qualities.get((line["unit"], line["product"]), ()):
            if row["mode"] not in (None, line["mode"]) or row["feed"] not in (None, line["feed"]):
                continue
            special = (row["feed"] is not None) + (row["mode"] is not None)
            if row["property"] in wanted and special >= rank.get(row["property"], 0):
                chosen[row["property"]], rank[row["property"]] = row, special
        return chosen

    def _unknown(self, table: str, row: Record, feed: Lot) -> Finding:
        where = self.case.table(table).where(row, "property")
        what = f"{row['property']} of the feed {_name(feed)} is not known."
        hint = (
            "Give it in stream_properties.csv, product_properties.csv or fill the assay by completions.csv."
        )
        return Finding(where, what, hint)


def _name(lot: Lot) -> str:
    origin = f" from {'+'.join(lot.origins)}" if lot.origins else ""
    return f'"{lot.stream}"{origin}'
