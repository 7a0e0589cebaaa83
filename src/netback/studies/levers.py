"""Numbers of a case that could be otherwise: prices, limits, qualities and yields, each in the words of its row.

A lever is one cell of a table, or the yield of one cut of a crude, which no table states because it follows from the
assay. A range belongs to a lever where its row states one for this very cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from netback.case.case import Case
from netback.case.checks_sources import described_number
from netback.case.table import Record, Table
from netback.planning.model import Model
from netback.studies.uncertain import Uncertain

#: What may be moved: kind of lever -> columns by table.
COLUMNS: dict[str, dict[str, tuple[str, ...]]] = {
    "price": {
        "offers": ("price",),
        "offer_costs": ("cost",),
        "sales": ("price",),
        "sale_costs": ("cost",),
        "modes": ("cost",),
        "exchange_rates": ("rate",),
        "cargo_costs": ("cost",),
        "parcels": ("cost",),
        "contracts": ("short_cost",),
        "cargoes": ("closing_value",),
        "inventories": ("holding_cost", "closing_value"),
    },
    "limit": {
        "offers": ("min", "max"),
        "sales": ("min", "max"),
        "capacities": ("min", "max"),
        "limits": ("min", "max"),
        "inventories": ("min", "max", "closing_min", "closing_max"),
        "feeds": ("min_share", "max_share"),
        "blends": ("min_share", "max_share"),
        "opening_stocks": ("quantity",),
        "cargoes": ("min_lot", "max_lot"),
        "contracts": ("lot", "tolerance_pct", "total", "total_tolerance_pct"),
        "berth_limits": ("max_days", "max_lot"),
    },
    "voyage": {"cargoes": ("days", "berth_days")},
    "spec": {"specs": ("min", "max"), "feed_specs": ("min", "max")},
    "quality": {"stream_properties": ("value",), "product_properties": ("value", "factor", "offset")},
    "yield": {
        "yields": ("yield",),
        "deltas": ("delta",),
        "cuts": ("to_c",),
        "utilities": ("use",),
        "cargoes": ("loss_pct",),
    },
}
KINDS = ("own price", *COLUMNS, "cut")


@dataclass(frozen=True)
class Lever:
    """One number that could be otherwise.

    ``cell`` is its place, None for the yield of a cut, whose stream is ``name``. ``low`` and ``high`` are the range
    that its row states, None where it states none; ``most`` is the greatest value that can be meant. ``uom`` as in the
    row. ``others`` are numbers of the same row in other periods, which move in the same proportion.
    """

    kind: str
    name: str
    value: float
    uom: str
    low: float | None
    high: float | None
    cell: Uncertain | None
    most: float | None = None
    others: tuple[Uncertain, ...] = ()

    def within(self, value: float) -> bool | None:
        """Whether a value, and with it those of the other periods, lies in the stated range; None: none is stated."""
        if self.low is None or self.high is None:
            return None
        ends = [(self.low, self.high, value)]
        ends += [(one.low, one.high, self.in_step(one, value)) for one in self.others if one.low < one.high]
        return all(
            low - 1e-9 * max(1.0, abs(moved)) <= moved <= high + 1e-9 * max(1.0, abs(moved))
            for low, high, moved in ends
        )

    def in_step(self, one: Uncertain, value: float) -> float:
        """A number of another period when this one has a value."""
        return one.value * value / self.value

    def changed(self, value: float) -> Mapping[Uncertain, float]:
        """The numbers of the case that change with it; none for the yield of a cut."""
        if self.cell is None:
            return {}
        return {self.cell: value} | {one: self.in_step(one, value) for one in self.others}


def levers(model: Model, crude: str) -> tuple[Lever, ...]:
    """Everything that could be otherwise for a crude (a stream or an offer), the cuts that are made of it included.

    Limits on the crude's own offers are left out: what is asked is whether it pays, not whether it may be bought.
    """
    own = {
        tranche.offer
        for tranche in model.tranches
        if crude in (tranche.offer, model.network.lots[tranche.lot].stream)
    }
    return (*_cells(model.case, own), *_cuts(model, crude))


def _cells(case: Case, own: set[str]) -> Iterator[Lever]:
    for kind, tables in COLUMNS.items():
        for name, columns in tables.items():
            table = case.table(name)
            for record in table.records:
                for column in columns:
                    if not isinstance(record.get(column), float) or not record[column]:
                        continue
                    if name == "offers" and record["offer"] in own:
                        if column == "price":
                            yield _lever(case, "own price", table, record, column)
                        continue
                    yield _lever(case, kind, table, record, column)


def _lever(case: Case, kind: str, table: Table, record: Record, column: str) -> Lever:
    value = float(record[column])
    stated = described_number(table.schema, record) == column if "low" in table.schema.by_name else False
    low, high = (record["low"], record["high"]) if stated else (None, None)
    if low is None or high is None or not low <= value <= high or low == high:
        low = high = None
    parts = [part for part in table.key(record) if part is not None and part != 1]
    if len(case.horizon.names) == 1:
        parts = [part for part in parts if part != case.horizon.names[0]]
    key = " ".join(str(part) for part in parts)
    place = Uncertain(
        table.name,
        record.row,
        key,
        column,
        value,
        value if low is None else low,
        value if high is None else high,
        record.get("status") or "",
        record.get("source") or "",
        0.0,
    )
    part = column.endswith("_share") or (table.name == "yields" and record["basis"] == "mass")
    most = 1.0 if part and value <= 1.0 else None
    uom = _uom(case, table, record, column)
    return Lever(kind, f"{table.name} {key} {column}", value, uom, low, high, place, most)


def _uom(case: Case, table: Table, record: Record, column: str) -> str:
    """Uom of a cell in the user's words; blank where the name of a property says it."""
    if column == "to_c":
        return "C"
    if column == "rate":
        return f"{record['currency']} per {case.currency}"
    if column.endswith("_share"):
        return "share"
    if table.name in ("contracts", "parcels", "cargo_costs") and column in ("short_cost", "cost"):
        per = {"contracts": "ship", "parcels": "parcel"}.get(table.name, record.get("per"))
        return str(
            record.get("cost_uom") or (f"{case.currency}/{per}" if per != "quantity" else case.currency)
        )
    if column in ("price", "cost", "holding_cost", "closing_value"):
        return str(record.get(f"{column}_uom") or _per_stream(case, record))
    if table.schema.by_name[column].uom:
        return str(table.schema.by_name[column].uom)
    if column == "use":
        return f"per {record['per']}" if record["per"] else ""
    if table.name == "yields":
        return f"by {record['basis']}"
    if "uom" in table.schema.by_name:
        return str(record["uom"] or _stream_uom(case, record))
    return ""


def _stream_uom(case: Case, record: Record) -> str:
    stream = record.get("stream")
    found = next((row["uom"] for row in case.table("streams").records if row["stream"] == stream), None)
    return str(found or (case.flow_uom if stream else ""))


def _per_stream(case: Case, record: Record) -> str:
    uom = _stream_uom(case, record)
    return f"{case.currency}/{uom}" if uom else case.currency


def in_step(case: Case, every: Sequence[Lever], period: str) -> tuple[Lever, ...]:
    """Levers of rows that differ only in their period as one, told by the row of a period, else by the first.

    The crude's own price in that very period is left out: its value is the break-even price.
    """
    groups: dict[tuple[str, str, str], list[Lever]] = {}
    rows = {table.name: {record.row: record for record in table.records} for table in case.tables.values()}
    for one in every:
        if one.cell is None:
            groups[one.kind, one.name, ""] = [one]
            continue
        table, record = case.table(one.cell.table), rows[one.cell.table][one.cell.row]
        when = record.get("period")
        if one.kind == "own price" and (when == period or (when is None and len(case.horizon.names) == 1)):
            continue
        key = " ".join(
            str(part)
            for column, part in zip(table.schema.key_columns, table.key(record), strict=True)
            if part is not None and part != 1 and column != "period"
        )
        groups.setdefault((one.cell.table, key, one.cell.column), []).append(one)
    found = []
    for (table_name, key, column), members in groups.items():
        told = next((one for one in members if one.cell and rows[table_name][one.cell.row].get("period") == period),
                    members[0])  # fmt: skip
        if told.cell is None:
            found.append(told)
            continue
        others = tuple(one.cell for one in members if one is not told and one.cell is not None)
        name = told.name
        if others:
            name = (
                f"{table_name} {key} {column}, {'other months' if told.kind == 'own price' else 'all months'}"
            )
        most = [one.most / one.value * told.value for one in members if one.most is not None]
        found.append(replace(told, name=name, others=others, most=min(most, default=None)))
    return tuple(found)


def _cuts(model: Model, crude: str) -> Iterator[Lever]:
    """Yields of the cuts of a crude [wt% of the crude], where everything that is made of it has a mass."""
    for stream, share in cut_shares(model, crude).items():
        yield Lever("cut", stream, 100.0 * share, "wt%", None, None, None)


def cut_shares(model: Model, crude: str) -> dict[str, float]:
    """Mass of each cut per mass of a crude, in the one mode in which a distillation runs it; else none.

    None as well where a limit counts what the distillation makes: its row would not follow.
    """
    network = model.network
    runs = runs_of(model, crude)
    if len(runs) != 1 or any(
        row["activity"] == "make" and row["item"] == network.runs[runs[0]].unit
        for row in model.case.table("limit_terms").records
    ):
        return {}
    run = network.runs[runs[0]]
    feed = network.lots[run.feed].density_t_per_m3
    found: dict[str, float] = {}
    for lot, amount in run.outputs:
        if (
            not network.stream_of(lot).in_mass_balance
            or network.lots[lot].density_t_per_m3 is None
            or not feed
        ):
            return {}
        mass = amount * network.factor(lot, "t") / network.factor(run.feed, "t")
        stream = network.lots[lot].stream
        if stream in found or mass < 0.0:
            return {}
        found[stream] = mass
    return found if len(found) > 1 else {}


def runs_of(model: Model, crude: str) -> list[int]:
    """Runs that are fed with a crude, by number."""
    lots = {
        tranche.lot
        for tranche in model.tranches
        if crude in (tranche.offer, model.network.lots[tranche.lot].stream)
    }
    return [k for k, run in enumerate(model.network.runs) if run.feed in lots]
