"""Landed cost: what a cargo costs from ship to gate, and back. Whole cents, so that the lines add up exactly.

Every price states its basis. Between two bases stand named items, and nothing else:

    fob        on board at the loading port
    + freight items                             hire, fuel, tolls, dues or freight; what the tables add there
    = cfr
    + insurance items
    = cif
    + lightering and arrival items              lightering, losses, credit, interest, exchange, duty, handling
    = delivered                                 at the gate

An item is an amount for the cargo, per tonne or per barrel loaded, or a share of the value before its step, also
per year and day. With shares s and amounts a of a step, value after = value before x (1 + sum s) + sum a; the way
back (netback) divides. A value that the way back cannot meet to the cent shows the missing cent as rounding.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Literal, get_args

from netback.case.table import Record
from netback.errors import DataError, Finding, closest
from netback.supply.costs import cents
from netback.supply.data import SupplyData
from netback.supply.money import parse_amount_uom, rate_per_usd
from netback.supply.rows import where_in
from netback.supply.voyages import VoyageEstimate, VoyageRequest, estimate_voyage

Basis = Literal["fob", "cfr", "cif", "delivered"]
BASES: tuple[Basis, ...] = get_args(Basis)
#: Step between two bases -> the stages of items in it.
_STEPS: tuple[tuple[str, ...], ...] = (("freight",), ("insurance",), ("lightering", "arrival"))


@dataclass(frozen=True, slots=True)
class Landing:
    """A cargo whose cost is followed; columns as in ``landed_costs.csv``. ``low`` and ``high`` are of the price."""

    where: str
    landing: str
    title: str | None
    commodity: str
    cargo_t: float
    bbl_per_t: float | None
    price: float
    price_uom: str
    price_basis: Basis
    day: date
    origin: str | None = None
    destination: str | None = None
    vessel_class: str | None = None
    via: str | None = None
    freight_rate: str | None = None
    lightering_plan: str | None = None
    speed_kn: float | None = None
    ballast_back: bool = True
    own_items_only: bool = False
    status: str | None = None
    low: float | None = None
    high: float | None = None
    source: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class LandedItem:
    """One item before it meets a cargo: a fixed amount [USD] or a share of the value before its step."""

    name: str
    stage: str
    fixed_usd: Decimal
    share: Decimal
    low_usd: Decimal
    high_usd: Decimal
    low_share: Decimal
    high_share: Decimal
    status: str
    note: str


@dataclass(frozen=True, slots=True)
class LandedLine:
    """One line of the way from fob to the gate, in whole cents; ``stage`` names the step it belongs to."""

    name: str
    stage: str
    amount_cents: int
    status: str = ""
    note: str = ""

    @property
    def amount_usd(self) -> float:
        """Amount for the whole cargo [USD]."""
        return self.amount_cents / 100


@dataclass(frozen=True)
class LandedCost:
    """The cost of one cargo on every basis. ``lines`` begin with fob and add up to delivered, exactly."""

    landing: Landing
    lines: tuple[LandedLine, ...]
    value_cents: dict[Basis, int]
    low_delivered_usd: float
    high_delivered_usd: float
    lightering_range_usd: tuple[float, float]
    voyage: VoyageEstimate | None

    @property
    def delivered_usd(self) -> float:
        """Cost of the cargo at the gate [USD]."""
        return self.value_cents["delivered"] / 100

    def value_usd(self, basis: Basis) -> float:
        """Value of the cargo on a basis [USD]."""
        return self.value_cents[basis] / 100

    def price(self, basis: Basis, per: Literal["t", "bbl"]) -> float:
        """Price on a basis [USD/t or USD/bbl] of what was loaded.

        Raises
        ------
        DataError
            If barrels are asked for and ``bbl_per_t`` is not known.
        """
        return self.value_usd(basis) / _amount(self.landing, per)

    def between(self, one: Basis, other: Basis) -> tuple[LandedLine, ...]:
        """The items that stand between two bases: what a conversion from one to the other adds."""
        first, last = sorted((BASES.index(one), BASES.index(other)))
        stages = {stage for step in _STEPS[first:last] for stage in step}
        return tuple(line for line in self.lines if line.stage in stages)

    @property
    def lightering_usd(self) -> float:
        """Cost of lightering [USD]; 0 where there is none."""
        return self.stage_cents("lightering") / 100

    def stage_cents(self, stage: str) -> int:
        """Sum of the lines of one stage [cents]."""
        return sum(line.amount_cents for line in self.lines if line.stage == stage)


def landing_of(data: SupplyData, name: str) -> Landing:
    """Return a row of ``landed_costs`` by its name.

    Raises
    ------
    DataError
        If there is none; the finding names the closest.
    """
    table = data.tables["landed_costs"]
    known = {record["landing"]: record for record in table.records}
    if name not in known:
        hint = closest(name, known) or f"Known: {', '.join(known) or 'none'}."
        raise DataError(Finding(f'landing "{name}"', "there is no such row in landed_costs.csv.", hint))
    names = [field.name for field in fields(Landing) if field.name != "where"]
    record = known[name]
    return Landing(where_in(table, record), **{column: record[column] for column in names})


def landed_cost(data: SupplyData, landing: Landing | str) -> LandedCost:
    """Follow the cost of a cargo from its price to every other basis.

    Raises
    ------
    DataError
        If a name, a rate, an exchange rate or ``bbl_per_t`` is missing, the voyage cannot be made, or shares on
        the way back leave nothing.
    """
    if isinstance(landing, str):
        landing = landing_of(data, landing)
    voyage = _voyage(data, landing)
    items = [*_voyage_items(voyage), *_table_items(data, landing, voyage)]
    steps = [[item for item in items if item.stage in stages] for stages in _STEPS]
    stated = cents(price_usd(data, landing, landing.price))
    values, lines = _follow(stated, BASES.index(landing.price_basis), steps)
    low = _bound(data, landing, steps, high=False)
    high = _bound(data, landing, steps, high=True)
    named = dict(zip(BASES, values, strict=True))
    start = LandedLine("price fob", "fob", values[0], landing.status or "reported", landing.note or "")
    light = [item for item in items if item.stage == "lightering"]
    ends = float(sum(item.low_usd for item in light)), float(sum(item.high_usd for item in light))
    return LandedCost(landing, (start, *lines), named, low, high, ends, voyage)


def price_usd(data: SupplyData, landing: Landing, price: float) -> Decimal:
    """Value of the cargo [USD] at a price in the uom of the landing."""
    currency, _, per = landing.price_uom.partition("/")
    rate = rate_per_usd(data.case, currency, landing.day, landing.where)
    return Decimal(repr(price)) * Decimal(repr(_amount(landing, per))) / Decimal(repr(rate))


def _amount(landing: Landing, per: str) -> float:
    if per == "t":
        return landing.cargo_t
    if per == "bbl" and landing.bbl_per_t is not None:
        return landing.cargo_t * landing.bbl_per_t
    what = (
        f'landing "{landing.landing}" states no bbl_per_t.'
        if per == "bbl"
        else f'"{per}" is neither t nor bbl.'
    )
    raise DataError(Finding(landing.where, what, "Fill bbl_per_t, or state prices per t."))


def _voyage(data: SupplyData, landing: Landing) -> VoyageEstimate | None:
    if landing.vessel_class is None or landing.origin is None or landing.destination is None:
        return None
    plan = data.plan(landing.lightering_plan, landing.where) if landing.lightering_plan else None
    request = VoyageRequest(
        landing.origin,
        landing.destination,
        landing.vessel_class,
        landing.day,
        via=landing.via,
        cargo_t=landing.cargo_t,
        bbl_per_t=landing.bbl_per_t,
        speed_kn=landing.speed_kn,
        lightering=plan,
        freight=landing.freight_rate,
        ballast_back=landing.ballast_back,
    )
    return estimate_voyage(data, request)


def _voyage_items(voyage: VoyageEstimate | None) -> Iterator[LandedItem]:
    for line in voyage.costs if voyage is not None else ():
        if line.per == "value":
            continue
        amount, low, high = (Decimal(repr(end)) for end in (line.amount_usd, *line.range_usd))
        zero = Decimal(0)
        yield LandedItem(line.name, line.group, amount, zero, low, high, zero, zero, "", line.note)


def _table_items(data: SupplyData, landing: Landing, voyage: VoyageEstimate | None) -> Iterator[LandedItem]:
    table = data.tables["landed_cost_items"]
    own = {record["item"] for record in table.records if record["landing"] == landing.landing}
    for record in table.records:
        if record["landing"] is None and (landing.own_items_only or record["item"] in own):
            continue
        if record["landing"] in (None, landing.landing):
            yield _item(data, landing, record, where_in(table, record), voyage)


def _item(
    data: SupplyData, landing: Landing, record: Record, where: str, voyage: VoyageEstimate | None
) -> LandedItem:
    uom = parse_amount_uom(record["amount_uom"], where)
    amounts = [record["amount"] if record[end] is None else record[end] for end in ("amount", "low", "high")]
    factor, note = 1.0, f"{record['amount']:g} {record['amount_uom']}"
    if uom.is_share:
        factor = 0.01
        if uom.is_per_year:
            days = record["days"] if record["days"] is not None else _held_days(voyage, where)
            factor, note = factor * days / 365.0, f"{note}, {days:.1f} days"
    else:
        factor = _amount(landing, uom.uom) if uom.uom else 1.0
        factor /= rate_per_usd(data.case, uom.currency, landing.day, where)
    main, low, high = (Decimal(repr(amount)) * Decimal(repr(factor)) for amount in amounts)
    zero = Decimal(0)
    status = record["status"] or "reported"
    money = (zero, zero, zero) if uom.is_share else (main, low, high)
    share = (main, low, high) if uom.is_share else (zero, zero, zero)
    return LandedItem(
        record["item"],
        record["stage"],
        money[0],
        share[0],
        money[1],
        money[2],
        share[1],
        share[2],
        status,
        note,
    )


def _held_days(voyage: VoyageEstimate | None, where: str) -> float:
    if voyage is None:
        raise DataError(Finding(where, "days are blank and no voyage says how long.", "Fill days."))
    return voyage.days_total


def _follow(
    stated: int, place: int, steps: Sequence[Sequence[LandedItem]]
) -> tuple[list[int], list[LandedLine]]:
    """Values on every basis [cents] and the lines between, from a value on one of them."""
    values = [0] * len(BASES)
    values[place] = stated
    made: list[list[LandedLine]] = [[] for _ in steps]
    for number in range(place, len(steps)):
        made[number] = list(_lines(values[number], steps[number]))
        values[number + 1] = values[number] + sum(line.amount_cents for line in made[number])
    for number in range(place - 1, -1, -1):
        values[number] = _before(values[number + 1], steps[number])
        made[number] = list(_lines(values[number], steps[number]))
        missing = values[number + 1] - values[number] - sum(line.amount_cents for line in made[number])
        if missing:
            made[number].append(LandedLine("rounding", _STEPS[number][0], missing))
    return values, [line for step in made for line in step]


def _lines(before: int, items: Iterable[LandedItem]) -> Iterator[LandedLine]:
    for item in items:
        amount = cents(item.fixed_usd) + cents(item.share * before / 100)
        yield LandedLine(item.name, item.stage, amount, item.status, item.note)


def _before(after: int, items: Sequence[LandedItem]) -> int:
    """Value before a step [cents] from the value after it; of the neighbours the one that closes best.

    Raises
    ------
    DataError
        If the shares of the step leave nothing.
    """
    fixed = sum((item.fixed_usd for item in items), Decimal(0)) * 100
    share = sum((item.share for item in items), Decimal(0))
    if share <= -1:
        names = ", ".join(item.name for item in items if item.share)
        what = (
            f"the shares of {names} add up to {100 * share:g} %: they leave nothing of the value before them."
        )
        raise DataError(Finding("landed_cost_items.csv", what, "Write 0.5 for half a per cent."))
    near = int(((after - fixed) / (1 + share)).to_integral_value())

    def gap(value: int) -> int:
        return abs(after - value - sum(line.amount_cents for line in _lines(value, items)))

    return min((near, near - 1, near + 1), key=gap)


def _bound(data: SupplyData, landing: Landing, steps: Sequence[Sequence[LandedItem]], high: bool) -> float:
    """Lowest or highest delivered cost [USD]: every number at the end of its range, by interval arithmetic."""
    end = landing.high if high else landing.low
    value = price_usd(data, landing, landing.price if end is None else end)
    for number, items in enumerate(steps):
        if number < BASES.index(landing.price_basis):
            continue
        fixed = sum((item.high_usd if high else item.low_usd for item in items), Decimal(0))
        share = sum((item.high_share if high else item.low_share for item in items), Decimal(0))
        value = value * (1 + share) + fixed
    return float(value)
