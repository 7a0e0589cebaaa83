"""Every voyage of a plan, one row for each part of a ship that berths, and what is at sea."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from netback.results.reading import FloatArray, Reader
from netback.results.table import ResultTable
from netback.supply.cargo_limits import short_costs
from netback.supply.cargoes import (
    added_per_uom,
    arrivals,
    closing_values,
    loaded_costs,
    ship_costs,
    ships_of,
)

Row = tuple[object, ...]


@dataclass(frozen=True)
class Voyage:
    """One kind of ship that loads in one slot: ``ships`` of them, alike. Quantities [uom of the stream] of one ship.

    ``costs`` are those of one ship by item in currency of the case; ``parts`` are (part, quantity arriving of one
    parcel, date, period).
    """

    position: int
    loading: int
    ships: int
    loaded: float
    costs: dict[str, float]
    parts: tuple[tuple[int, float, date, int], ...]


def voyages_of(reader: Reader) -> list[Voyage]:
    """All voyages of a plan in order of loading."""
    found, build = reader.model.cargoes, reader.model.build
    ships, loaded = ships_of(build, found, reader.plan.x), reader.values("cargo_loaded")
    of_ship = ship_costs(build, found)
    of_quantity = loaded_costs(build, found, list(reader.model.tranches))
    quantity = {
        (a.position, a.loading, a.part): a.share / a.factor * float(reader.plan.x[a.column])
        for a in arrivals(build, found)
    }
    made = []
    for position in range(len(found.slots)):
        for period in range(len(reader.periods)):
            number, slot = round(float(ships[position, period])), found.slot(position, period)
            if not number or slot is None:
                continue
            each = float(loaded[position, period]) / number
            costs = {item: float(cost[position, period]) for item, cost in of_ship.items()}
            for item, cost in of_quantity.items():
                costs[item] = costs.get(item, 0.0) + float(cost[position, period]) * each
            parts = tuple(
                (
                    part,
                    quantity[position, period, part] / number / kind.per_ship,
                    slot.dates[part],
                    slot.periods[part],
                )
                for part, kind in enumerate(found.cargo(position).parts)
            )
            made.append(Voyage(position, period, number, each, {k: v for k, v in costs.items() if v}, parts))
    made.sort(key=lambda voyage: (_first_day(reader, voyage), voyage.position))
    return made


def _first_day(reader: Reader, voyage: Voyage) -> date:
    slot = reader.model.cargoes.slot(voyage.position, voyage.loading)
    assert slot is not None
    return slot.first


def voyages(reader: Reader) -> ResultTable:
    """Ships and parcels with dates, berths and costs; voyages that began before the horizon first."""
    money = reader.plan.case.currency
    columns = [
        ("voyage", "", "number of the ship in order of loading, or its name in cargoes_at_sea.csv"),
        ("cargo", "", ""),
        ("offer", "", ""),
        ("stream", "", ""),
        ("parcel", "", "blank for a ship that discharges whole"),
        ("vessel", "", "class of the ship, or of the shuttle"),
        ("load_port", "", ""),
        ("laycan_from", "", ""),
        ("laycan_to", "", ""),
        ("load_period", "", "whose price holds"),
        ("load_date", "", "first day of loading from which every part arrives in its period"),
        ("via", "", "straits and canals"),
        ("lightering", "", "place, where the ship is split"),
        ("discharge_port", "", ""),
        ("arrival_date", "", ""),
        ("arrival_period", "", ""),
        ("loaded", "row", "this part of the ship"),
        ("arriving", "row", "loaded less what is lost on the way"),
        ("uom", "", ""),
        ("mass", "t", "loaded"),
        ("volume", "bbl", "loaded; blank where no density is known"),
        ("freight", money, "all costs of the voyage; of a parcel: its share by quantity"),
        ("freight_per_bbl", f"{money}/bbl", "of what is loaded"),
    ]
    rows = [*_afloat_rows(reader), *_voyage_rows(reader)]
    return ResultTable.of("voyages", "Voyages", columns, rows)


#: Quantity below which a parcel is not there: rounding of the solver [uom of the stream].
_ROUNDING = 1e-6


def _voyage_rows(reader: Reader) -> Iterator[Row]:
    number = 0
    for voyage in voyages_of(reader):
        for _ in range(voyage.ships):
            number += 1
            yield from _ship_rows(reader, voyage, number)


def _ship_rows(reader: Reader, voyage: Voyage, number: int) -> Iterator[Row]:
    found = reader.model.cargoes
    cargo, slot = found.cargo(voyage.position), found.slot(voyage.position, voyage.loading)
    loading = cargo.loadings[voyage.loading]
    assert slot is not None
    assert loading is not None
    record, stream = loading.record, reader.network.stream_of(cargo.lot)
    kept = 1.0 - record["loss_pct"] / 100.0
    spent = sum(voyage.costs.values())
    for part, arriving, day, period in voyage.parts:
        kind = cargo.parts[part]
        if arriving <= _ROUNDING:
            continue
        for copy in range(kind.per_ship):
            loaded = arriving / kept
            freight = spent * loaded / voyage.loaded if voyage.loaded else 0.0
            barrels = reader.barrels(cargo.lot, loaded)
            name = kind.name if kind.per_ship == 1 else f"{kind.name} {copy + 1}"
            yield (
                str(number), cargo.name, cargo.offer, reader.network.lots[kind.lot].stream, name,
                kind.vessel or record["vessel"] or "",
                record["load_port"] or "", str(loading.laycan[0]), str(loading.laycan[1]),
                reader.periods[voyage.loading], str(slot.first), slot.terms.via,
                (record["lightering"] or "") if cargo.split else "", kind.port, str(day),
                reader.periods[period] if period < len(reader.periods) else "at sea at the end", loaded, arriving,
                stream.uom, reader.tonnes(cargo.lot, loaded), barrels, freight, freight / barrels if barrels else None,
            )  # fmt: skip


def _afloat_rows(reader: Reader) -> Iterator[Row]:
    for afloat in reader.model.cargoes.afloat:
        stream = reader.network.stream_of(afloat.lot)
        yield (
            afloat.voyage, "", "", stream.name, "", afloat.vessel, "", None, None, "at sea at the start", None, "", "",
            afloat.port, str(afloat.arrival), reader.periods[afloat.period], afloat.quantity, afloat.quantity,
            stream.uom, reader.tonnes(afloat.lot, afloat.quantity), reader.barrels(afloat.lot, afloat.quantity),
            None, None,
        )  # fmt: skip


def cargo_items(reader: Reader) -> list[tuple[str, str, float]]:
    """What cargoes add to the margin, item by item; see :class:`netback.results.economics.Economics`."""
    found, build = reader.model.cargoes, reader.model.build
    totals: dict[str, float] = {}
    if found.slots:
        ships, loaded = ships_of(build, found, reader.plan.x), reader.values("cargo_loaded")
        for table, flows in (
            (ship_costs(build, found), ships),
            (loaded_costs(build, found, list(reader.model.tranches)), loaded),
        ):
            for item, cost in table.items():
                totals[item] = totals.get(item, 0.0) - float((cost * flows).sum())
    items = [("cargo costs", item, amount) for item, amount in totals.items()]
    for contract, columns, costs in short_costs(build):
        items.append(("cargo costs", f"take or pay of {contract}", -float(costs @ reader.plan.x[columns])))
    owed = [-afloat.price * afloat.quantity for afloat in found.afloat]
    items.append(("purchases", "at sea at the start", float(sum(owed))))
    left = closing_values(build, found)
    worth = sum(value * float(reader.plan.x[column]) for column, value in left)
    items.append(("stocks", "closing value of cargoes at sea", float(worth)))
    return [item for item in items if item[2]]


def shipping(reader: Reader, offer: str, period: int) -> float | None:
    """Costs of shipping per uom of an offer, in currency of the case; 0 if it is not shipped, None if no ship can."""
    found, build = reader.model.cargoes, reader.model.build
    if offer not in found.offers:
        return 0.0
    return added_per_uom(build, found, list(reader.model.tranches), reader.plan.x, offer, period)


def arrived(reader: Reader) -> FloatArray:
    """What reaches the berths of every lot [uom of its stream], float (lots, periods)."""
    found, build = reader.model.cargoes, reader.model.build
    total = np.zeros((len(reader.network.lots), len(reader.periods)))
    for arrival in arrivals(build, found):
        if arrival.period < len(reader.periods):
            total[arrival.lot, arrival.period] += arrival.share * float(reader.plan.x[arrival.column])
    for afloat in found.afloat:
        total[afloat.lot, afloat.period] += afloat.quantity
    return total


def at_sea_balance(reader: Reader) -> list[Row]:
    """Rows of the mass balance: loaded, arrived, lost on arrival and the change of what is at sea, by period.

    What arrives was reckoned with its loss, so the loss counts in the period of arrival; of what is at sea after the
    horizon the loss is still to come.
    """
    found, build = reader.model.cargoes, reader.model.build
    if not found.slots and not found.afloat:
        return []
    mass = reader.network.mass_factors()
    into, out, lost, sea = (np.zeros(len(reader.periods)) for _ in range(4))
    unknown = sorted({reader.network.lots[c.lot].stream for c in found.cargoes if np.isnan(mass[c.lot])})
    for arrival in arrivals(build, found):
        tonnes = float(np.nan_to_num(reader.plan.x[arrival.column] * mass[found.cargo(arrival.position).lot]))
        kept = arrival.share / arrival.factor
        into[arrival.loading] += tonnes
        sea[arrival.loading : arrival.period] += tonnes
        if arrival.period < len(reader.periods):
            out[arrival.period] += tonnes * kept
            lost[arrival.period] += tonnes * (1.0 - kept)
    opening = 0.0
    for afloat in found.afloat:
        tonnes = float(np.nan_to_num(afloat.quantity * mass[afloat.lot]))
        opening += tonnes
        sea[: afloat.period] += tonnes
        out[afloat.period] += tonnes
    change = np.diff(sea, prepend=opening)
    # Rounding of a solve is no movement, and nothing that a share could be told of.
    largest = max(float(np.abs(flow).max(initial=0.0)) for flow in (into, out, change))
    for flow in (into, out, lost, change):
        flow[np.abs(flow) <= 1e-12 * largest] = 0.0
    left = into - out - lost - change
    rows: list[Row] = []
    for period, name in enumerate(reader.periods):
        if into[period] or out[period] or change[period]:
            through = into[period] or out[period]
            share = 100.0 * left[period] / through if through else None
            part = (into[period], out[period], lost[period], change[period], left[period], share)
            rows.append((name, "at sea", *part, ", ".join(unknown)))
    return rows
