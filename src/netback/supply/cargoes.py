r"""Cargoes: an offer is shipped in whole ships, which load in a laycan and berth days or weeks later.

For a cargo c (a way to ship an offer o), a slot s of its laycan, a part k of the ship (the ship herself, or one kind of
parcel after lightering) and the period of loading p:

    ships[c, p]         whole ships that load                                               [ships]
    later[c, s, p]      those of them in slot s, from the second slot on; the rest, ships - sum of later, in the first
    loaded[c, s, p]     quantity in them                                                    [uom of the stream]
    parcel[c, k, s, p]  quantity of it in the parcels of one kind, where ships are split    [uom of the stream]

    sum over s of later <= ships;   min_ships <= ships <= max_ships
    least x ships <= loaded <= most x ships                                     (ships of the slot, as in what follows)
    sum over k of parcel = loaded;   number x least_k x ships <= parcel[k] <= number x most_k x ships
    sum over tranches of purchase[o, t, p] = sum over c, s of loaded          (price and limits of the month of loading)
    balance of the stream of part k in its period of arrival q(c, s, k, p):  + (1 - loss) x parcel,  + what was at sea
    contracts:  min_ships - short <= ships loaded or arriving <= max_ships
                lot (1 - t) x ships <= loaded <= lot (1 + t) x ships      (each cargo of the contract, each slot)
                total (1 - T) <= sum of loaded <= total (1 + T)           (all ships that count)
    berth_limits: ships and parcels that arrive <= max_ships;   their berth days <= max_days
    cost: per ship x ships + per quantity x loaded + cost of parcels x ships + short_cost x short
    closing value x (1 - loss) x what arrives after the horizon

Conventions. A part arrives on one day: nothing is spread over periods. Price and costs fall due at loading, at the
prices of the period of loading. A ship that would arrive after the horizon is on offer only where the cargo states
what she is worth then (``closing_value``). ``most`` follows from deadweight and draught and is no tank limit; tank
space binds at the end of each period through inventories.csv, so finer periods bind it more often. Ships of one slot
are alike: n ships with a quantity between n least and n most can be loaded equally, so a number of ships is exact and
no two ships need telling apart. The number of all ships of a month is a column of its own because branching on it
decides more than branching on one slot: the plan of one refinery took a thirtieth of the nodes. Quantities that the
seller may choose (option seller) are planned at the lot and the total.

Reference: ship-load integers in crude supply planning, e.g. Al-Qahtani and Elkamel (2010), Planning and Integration of
Refinery and Petrochemical Operations, ch. 2; inventory routing with split cargoes, Christiansen et al. (2007),
Maritime Transportation, Handbooks in OR 14, ch. 4.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from netback.refinery.build import Build, FloatArray, IntArray
from netback.refinery.purchases import Tranche
from netback.supply.cargo_options import Cargo, Slot, read_cargoes
from netback.supply.sea import Afloat, read_afloat


@dataclass(frozen=True)
class Cargoes:
    """All cargoes of a plan. ``slots`` are (cargo position, slot number); ``parcels`` are (slot position, part)."""

    cargoes: tuple[Cargo, ...]
    slots: tuple[tuple[int, int], ...]
    parcels: tuple[tuple[int, int], ...]
    afloat: tuple[Afloat, ...]

    @property
    def offers(self) -> tuple[str, ...]:
        """Offers that are shipped in cargoes, in order."""
        return tuple(dict.fromkeys(cargo.offer for cargo in self.cargoes))

    def cargo(self, position: int) -> Cargo:
        """The cargo of a slot position."""
        return self.cargoes[self.slots[position][0]]

    def slot(self, position: int, period: int) -> Slot | None:
        """The slot at a position in a period of loading, None where it does not exist."""
        cargo, number = self.slots[position]
        loading = self.cargoes[cargo].loadings[period]
        if loading is None or number >= len(loading.slots):
            return None
        return loading.slots[number]

    def key(self, position: int) -> tuple[str, str]:
        """Labels of a slot: cargo and number from 1."""
        cargo, number = self.slots[position]
        return self.cargoes[cargo].name, str(number + 1)

    def over_time(self, position: int, value: Callable[[Slot], float]) -> FloatArray:
        """A number of each slot over the periods of loading, float (periods,); 0 where there is none."""
        periods = len(self.cargo(position).loadings)
        found = np.zeros(periods)
        for period in range(periods):
            slot = self.slot(position, period)
            if slot is not None:
                found[period] = value(slot)
        return found


@dataclass(frozen=True)
class Arrival:
    """Columns that bring something to a berth: ``column`` with ``share`` of it arriving, of ``lot``.

    ``factor`` of the share converts from the uom of the offer's stream to that of the lot's; ``number`` is how many
    such parts each ship has.
    """

    position: int
    part: int
    loading: int
    period: int
    lot: int
    column: int
    share: float
    factor: float
    number: int


def cargoes_of(build: Build, tranches: list[Tranche]) -> Cargoes:
    """Read the cargoes of a case. Findings go to ``build``."""
    lots = {tranche.offer: tranche.lot for tranche in tranches}
    offered: dict[str, list[bool]] = {offer: [False] * build.count for offer in lots}
    for tranche in tranches:
        for period, record in enumerate(tranche.line):
            offered[tranche.offer][period] |= record is not None
    return with_cargoes(Cargoes((), (), (), tuple(read_afloat(build))), read_cargoes(build, lots, offered))


def with_cargoes(found: Cargoes, cargoes: Sequence[Cargo]) -> Cargoes:
    """The cargoes of a plan with others in their place."""
    slots = tuple((c, s) for c, cargo in enumerate(cargoes) for s in range(cargo.most_slots))
    parcels = tuple(
        (position, part)
        for position, (cargo, _) in enumerate(slots)
        if cargoes[cargo].split
        for part in range(len(cargoes[cargo].parts))
    )
    return Cargoes(tuple(cargoes), slots, parcels, found.afloat)


def variables_cargo(build: Build, found: Cargoes) -> None:
    """Columns ``cargo_ships``, ``cargo_later``, ``cargo_loaded``, ``cargo_parcel`` by period of loading; ``at_sea``."""
    keys = [found.key(position) for position in range(len(found.slots))]
    most = np.zeros((len(keys), build.count))
    for position in range(len(keys)):
        cargo, _ = found.slots[position]
        for period in range(build.count):
            loading = found.cargoes[cargo].loadings[period]
            if loading is not None and found.slot(position, period) is not None:
                most[position, period] = loading.max_ships
    shipped = [cargo for cargo in found.cargoes if cargo.most_slots]
    lower, upper = np.zeros((len(shipped), build.count)), np.zeros((len(shipped), build.count))
    for place, one in enumerate(shipped):
        for period, loading in enumerate(one.loadings):
            if loading is not None and loading.slots:
                lower[place, period], upper[place, period] = loading.min_ships, loading.max_ships
    names = [(one.name,) for one in shipped]
    build.variables("cargo_ships", ("cargo",), names, lower, upper, integer=True)
    late = [position for position, (_, number) in enumerate(found.slots) if number]
    later = [keys[position] for position in late]
    build.variables("cargo_later", ("cargo", "slot"), later, 0.0, most[late] if late else 0.0, integer=True)
    can = np.where(most > 0.0, np.inf, 0.0)
    build.variables("cargo_loaded", ("cargo", "slot"), keys, 0.0, can if keys else 0.0)
    split = [_parcel_key(found, position, part) for position, part in found.parcels]
    most_parcel = can[[position for position, _ in found.parcels]] if split else 0.0
    build.variables("cargo_parcel", ("cargo", "parcel", "slot"), split, 0.0, most_parcel)
    fixed = np.zeros((len(found.afloat), build.count))
    for position, afloat in enumerate(found.afloat):
        fixed[position, afloat.period] = afloat.quantity
    voyages = [(afloat.voyage,) for afloat in found.afloat]
    build.variables("at_sea", ("voyage",), voyages, fixed if voyages else 0.0, fixed if voyages else 0.0)


def _parcel_key(found: Cargoes, position: int, part: int) -> tuple[str, str, str]:
    cargo, slot = found.key(position)
    return cargo, found.cargo(position).parts[part].name, slot


def arrivals(build: Build, found: Cargoes) -> list[Arrival]:
    """Every part of every ship that the plan may load, with the period in which it arrives."""

    def make() -> list[Arrival]:
        made: list[Arrival] = []
        places = {pair: place for place, pair in enumerate(found.parcels)}
        for position in range(len(found.slots)):
            cargo = found.cargo(position)
            for loading in range(build.count):
                slot = found.slot(position, loading)
                if slot is None:
                    continue
                record = cargo.loadings[loading]
                assert record is not None
                share = 1.0 - record.record["loss_pct"] / 100.0
                for part, kind in enumerate(cargo.parts):
                    block = build.blocks["cargo_parcel" if cargo.split else "cargo_loaded"]
                    place = places[position, part] if cargo.split else position
                    column = int(block.ids[place, loading])
                    made.append(
                        Arrival(
                            position, part, loading, slot.periods[part], kind.lot, column, share * kind.factor,
                            kind.factor, kind.per_ship,
                        )
                    )  # fmt: skip
        return made

    return build.once("cargo arrivals", make)


def constraints_cargo(build: Build, found: Cargoes, tranches: list[Tranche]) -> None:
    """Lots, splits, numbers of ships, what is bought against what is loaded, and balances in the period of arrival."""
    _lots(build, found)
    _splits(build, found)
    _later(build, found)
    _bought(build, found, tranches)
    _arrive(build, found)


def _lots(build: Build, found: Cargoes) -> None:
    """Rows ``cargo_most`` and ``cargo_least``, ``parcel_most`` and ``parcel_least``."""
    if not found.slots:
        return
    keys = [found.key(position) for position in range(len(found.slots))]
    loaded = build.blocks["cargo_loaded"].ids
    for name, side in (("cargo_most", (-np.inf, 0.0)), ("cargo_least", (0.0, np.inf))):
        rows = build.constraints(name, ("cargo", "slot"), keys, *side)
        assert rows is not None
        chosen: Callable[[Slot], float] = _most if name == "cargo_most" else _least
        sizes = np.stack([found.over_time(position, chosen) for position in range(len(keys))])
        build.builder.add_terms(rows.ids, loaded, 1.0)
        for position, size in enumerate(sizes):
            add_ships(build, found, position, rows.ids[position], -size)
    if not found.parcels:
        return
    parcel = build.blocks["cargo_parcel"].ids
    split = [_parcel_key(found, position, part) for position, part in found.parcels]
    most, least = np.zeros(parcel.shape), np.zeros(parcel.shape)
    for place, (position, part) in enumerate(found.parcels):
        kind = found.cargo(position).parts[part]
        least[place] = kind.per_ship * kind.least
        for period in range(build.count):
            slot = found.slot(position, period)
            if slot is not None:
                # A parcel without a greatest quantity of its own is bounded by the ship.
                most[place, period] = min(kind.per_ship * slot.parts_most[part], slot.most)
    for name, side, sizes in (
        ("parcel_most", (-np.inf, 0.0), most),
        ("parcel_least", (0.0, np.inf), least),
    ):
        rows = build.constraints(name, ("cargo", "parcel", "slot"), split, *side)
        assert rows is not None
        build.builder.add_terms(rows.ids, parcel, 1.0)
        for place, (position, _) in enumerate(found.parcels):
            add_ships(build, found, position, rows.ids[place], -sizes[place])


def _most(slot: Slot) -> float:
    return slot.most


def _least(slot: Slot) -> float:
    return slot.least


def _splits(build: Build, found: Cargoes) -> None:
    """Rows ``cargo_split[cargo, slot, period]``: the parcels of a ship add up to what she loaded."""
    positions = list(dict.fromkeys(position for position, _ in found.parcels))
    rows = build.constraints("cargo_split", ("cargo", "slot"), [found.key(p) for p in positions], 0.0, 0.0)
    if rows is None:
        return
    build.builder.add_terms(rows.ids, build.blocks["cargo_loaded"].ids[positions], -1.0)
    for place, (position, _) in enumerate(found.parcels):
        row = rows.ids[positions.index(position)]
        build.builder.add_terms(row, build.blocks["cargo_parcel"].ids[place], 1.0)


def _later(build: Build, found: Cargoes) -> None:
    """Rows ``cargo_slots[cargo, period]``: no more ships in later slots than load in the period."""
    names = list(dict.fromkeys(found.cargo(p).name for p, (_, number) in enumerate(found.slots) if number))
    rows = build.constraints("cargo_slots", ("cargo",), [(name,) for name in names], 0.0, np.inf)
    if rows is None:
        return
    for position, (_, number) in enumerate(found.slots):
        name = found.cargo(position).name
        if not number and name in names:
            for columns, weight in ship_terms(build, found, position):
                build.builder.add_terms(rows.ids[names.index(name)], columns, weight)


def ship_terms(build: Build, found: Cargoes, position: int) -> list[tuple[IntArray, float]]:
    """The number of ships of a slot as columns int (periods,) with their weights."""
    cargo, number = found.slots[position]
    name = found.cargoes[cargo].name
    if number:
        return [(build.ids_over_time("cargo_later", *found.key(position)), 1.0)]
    terms = [(build.ids_over_time("cargo_ships", name), 1.0)]
    for other, (owner, later) in enumerate(found.slots):
        if owner == cargo and later:
            terms.append((build.ids_over_time("cargo_later", *found.key(other)), -1.0))
    return terms


def add_ships(build: Build, found: Cargoes, position: int, rows: IntArray, weights: FloatArray) -> None:
    """Add the ships of a slot to rows int (periods,) with weights float (periods,)."""
    for columns, sign in ship_terms(build, found, position):
        build.builder.add_terms(rows, columns, sign * weights)


def ships_of(build: Build, found: Cargoes, x: FloatArray) -> FloatArray:
    """Number of ships of every slot in a plan, float (slots, periods of loading)."""
    found_ships = np.zeros((len(found.slots), build.count))
    for position in range(len(found.slots)):
        for columns, weight in ship_terms(build, found, position):
            found_ships[position] += weight * x[columns]
    return np.round(found_ships, 6)


def _bought(build: Build, found: Cargoes, tranches: list[Tranche]) -> None:
    """Rows ``offer_loaded[offer, period]``: the tranches of an offer add up to what its ships load."""
    offers = list(found.offers)
    rows = build.constraints("offer_loaded", ("offer",), [(offer,) for offer in offers], 0.0, 0.0)
    if rows is None:
        return
    for position, tranche in enumerate(tranches):
        if tranche.offer in offers:
            row = rows.ids[offers.index(tranche.offer)]
            build.builder.add_terms(row, build.blocks["purchase"].ids[position], -1.0)
    for position in range(len(found.slots)):
        row = rows.ids[offers.index(found.cargo(position).offer)]
        build.builder.add_terms(row, build.blocks["cargo_loaded"].ids[position], 1.0)


def _arrive(build: Build, found: Cargoes) -> None:
    """Terms in the balances of streams: ships of this plan, and those that were at sea before."""
    rows: list[int] = []
    columns: list[int] = []
    shares: list[float] = []
    for arrival in arrivals(build, found):
        balance = build.balance_ids(arrival.lot)
        if balance is not None and arrival.period < build.count:
            rows.append(int(balance[arrival.period]))
            columns.append(arrival.column)
            shares.append(arrival.share)
    if rows:
        build.builder.add_terms(np.array(rows), np.array(columns), np.array(shares))
    if found.afloat:
        lots = [afloat.lot for afloat in found.afloat]
        build.add_to_balances(lots, build.blocks["at_sea"].ids, np.ones(len(lots)))


def ship_costs(build: Build, found: Cargoes) -> dict[str, FloatArray]:
    """Cost of each ship by item, float (slots, periods of loading), in currency of the case."""

    def make() -> dict[str, FloatArray]:
        costs: dict[str, FloatArray] = {}
        shape = (len(found.slots), build.count)
        for position in range(len(found.slots)):
            cargo = found.cargo(position)
            for period in range(build.count):
                slot = found.slot(position, period)
                if slot is None:
                    continue
                for item, cost in slot.terms.per_ship.items():
                    costs.setdefault(item, np.zeros(shape))[position, period] += cost
                for part in cargo.parts:
                    if part.cost:
                        spent = costs.setdefault("parcels", np.zeros(shape))
                        spent[position, period] += part.cost * part.per_ship
        return costs

    return build.once("cargo costs per ship", make)


def loaded_costs(build: Build, found: Cargoes, tranches: list[Tranche]) -> dict[str, FloatArray]:
    """Cost per uom loaded by item, float (slots, periods of loading), in currency of the case."""

    def make() -> dict[str, FloatArray]:
        costs: dict[str, FloatArray] = {}
        prices = {tranche.offer: tranche.price for tranche in reversed(tranches)}
        for position in range(len(found.slots)):
            price = prices[found.cargo(position).offer]
            for period in range(build.count):
                slot = found.slot(position, period)
                if slot is None:
                    continue
                items = dict(slot.terms.per_quantity)
                for item, share in slot.terms.per_price.items():
                    items[item] = items.get(item, 0.0) + share * float(price[period])
                for item, cost in items.items():
                    made = costs.setdefault(item, np.zeros((len(found.slots), build.count)))
                    made[position, period] += cost
        return costs

    return build.once("cargo costs per quantity", make)


def closing_values(build: Build, found: Cargoes) -> list[tuple[int, float]]:
    """Columns of what is at sea at the end of the horizon, and what one uom of each is worth."""
    made = []
    for arrival in arrivals(build, found):
        loading = found.cargo(arrival.position).loadings[arrival.loading]
        if loading is not None and loading.closing_value is not None and arrival.period >= build.count:
            made.append((arrival.column, loading.closing_value * arrival.share))
    return made


def costs_cargo(build: Build, found: Cargoes, tranches: list[Tranche]) -> None:
    """Costs of ships and of what they load, off the margin; closing values of what is at sea, on it."""
    for cost in ship_costs(build, found).values():
        for position in range(len(found.slots)):
            for columns, sign in ship_terms(build, found, position):
                build.builder.add_costs(columns, -sign * cost[position])
    for cost in loaded_costs(build, found, tranches).values():
        build.builder.add_costs(build.blocks["cargo_loaded"].ids, -cost)
    for column, value in closing_values(build, found):
        build.builder.add_costs(np.array([column]), value)
    for position, afloat in enumerate(found.afloat):
        build.builder.add_costs(build.blocks["at_sea"].ids[position], -afloat.price)


def added_per_uom(
    build: Build, found: Cargoes, tranches: list[Tranche], x: FloatArray, offer: str, period: int
) -> float | None:
    """Costs of shipping per uom of an offer that loads in a period, in currency of the case.

    The mean of the ships of the plan ``x``; where none loads, of the full ship that costs least; None where none can.
    """
    spent = loaded = 0.0
    cheapest = np.inf
    ships, cargo = ships_of(build, found, x), build.blocks["cargo_loaded"].ids
    for position in _positions(found, offer, period):
        slot = found.slot(position, period)
        assert slot is not None
        of_ship = sum(float(c[position, period]) for c in ship_costs(build, found).values())
        of_uom = sum(float(c[position, period]) for c in loaded_costs(build, found, tranches).values())
        spent += of_ship * float(ships[position, period]) + of_uom * float(x[cargo[position, period]])
        loaded += float(x[cargo[position, period]])
        if slot.most > 0.0:
            cheapest = min(cheapest, of_ship / slot.most + of_uom)
    if loaded > 1e-6:
        return spent / loaded
    return float(cheapest) if np.isfinite(cheapest) else None


def price_share(found: Cargoes, offer: str, period: int) -> float | None:
    """Share of its price that shipping an offer costs; None where its ships differ in it."""
    shares = set()
    for position in _positions(found, offer, period):
        slot = found.slot(position, period)
        assert slot is not None
        shares.add(round(sum(slot.terms.per_price.values()), 12))
    return shares.pop() if len(shares) == 1 else None if shares else 0.0


def ships_of_offer(build: Build, found: Cargoes, x: FloatArray, offer: str, period: int) -> float:
    """Number of ships of an offer that load in a period of a plan."""
    return float(ships_of(build, found, x)[_positions(found, offer, period), period].sum())


def largest_ship(found: Cargoes, offer: str, period: int) -> float:
    """Greatest quantity of one ship of an offer that loads in a period [uom of the stream]; 0 where none can."""
    slots = [found.slot(position, period) for position in _positions(found, offer, period)]
    return max((slot.most for slot in slots if slot is not None), default=0.0)


def _positions(found: Cargoes, offer: str, period: int) -> list[int]:
    """Slots in which an offer may load in a period."""
    return [
        position
        for position in range(len(found.slots))
        if found.cargo(position).offer == offer and found.slot(position, period) is not None
    ]
