"""What calculations of evidence may ask of ships and of the law: voyages, largest cargoes, lightering, rules.

``voyage(origin, destination, via, speed).days`` are days under way, without waits; ``.distance_nm`` the way.
``largest_cargo_t(port, berth)`` is the most that any class of tanker of the library brings to that berth.
``lightering_cost_usd_per_bbl(place, mother_cargo, parcels)`` is the range over the lightering plans known at the place.
``may(cargo, origin, destination, seller, date)`` is the word of the country of origin; ``authority`` asks another one,
and ``price`` [USD/bbl fob] settles a price cap.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from netback.errors import DataError, Finding
from netback.evidence.providers import ALONE, DAY, WORD, FunctionProvider, Provider
from netback.regimes import Register, answer
from netback.supply import Sailing, SupplyData, VoyageRequest, estimate_voyage, find_route, largest_cargo_t

#: A quiet day: no strait of the library is closed on it.
_QUIET_DAY = date(2023, 6, 1)
#: Where the mother ship of a lightering comes from and goes: the way does not change what the transfer costs.
_MOTHER_FROM, _MOTHER_TO = "Fujairah", "Karachi"
_BBL_PER_T = 7.3


def corridor_providers() -> dict[str, Provider]:
    """The providers of ships and law by name."""
    corridor = _Corridor()
    made = (
        FunctionProvider(
            "voyage",
            {"origin": WORD, "destination": WORD, "via": WORD, "speed_kn": "kn"},
            {"days": "d", "distance_nm": "nm"},
            corridor.voyage,
            "way by the sea graph of Netback, under way only",
        ),
        FunctionProvider(
            "largest_cargo_t",
            {"port": WORD, "berth": WORD},
            {ALONE: "t"},
            corridor.largest_cargo,
            "draught of every class of tanker against the water at the berth",
        ),
        FunctionProvider(
            "lightering_cost_usd_per_bbl",
            {"port": WORD, "mother_t": "t", "parcels": ""},
            {ALONE: "USD/bbl"},
            corridor.lightering,
            "hire, fuel, dues and fees of every plan of lightering known at the place",
        ),
        FunctionProvider(
            "may",
            {"cargo": WORD, "origin": WORD, "destination": WORD, "seller": WORD, "date": DAY, "authority": WORD,
             "price": "USD/bbl"},
            {ALONE: WORD},
            corridor.may,
            "dated rules of law",
        ),
    )  # fmt: skip
    return {provider.name: provider for provider in made}


class _Corridor:
    """Reads the tables of ships and law once, when they are first asked for."""

    def __init__(self) -> None:
        self._data: SupplyData | None = None
        self._rules: Register | None = None

    @property
    def data(self) -> SupplyData:
        if self._data is None:
            self._data = SupplyData.of(None)
        return self._data

    @property
    def rules(self) -> Register:
        if self._rules is None:
            self._rules = Register.of()
        return self._rules

    def voyage(
        self, origin: str, destination: str, via: str = "", speed_kn: float = 12.0
    ) -> Mapping[str, Any]:
        sailing = Sailing(_QUIET_DAY, speed_kn)
        way = find_route(self.data, origin, destination, sailing, via or None, ())
        return {"days": way.steaming_days, "distance_nm": way.distance_nm}

    def largest_cargo(self, port: str, berth: str) -> Mapping[str, Any]:
        place = self.data.port(port)
        found = self.data.berth(berth)
        if found.port != place.name:
            raise DataError(Finding("berth", f"{found.berth} is at {found.port}, not at {place.name}."))
        tankers = [row for row in self.data.vessel_classes.values() if row.cargo_kind == found.cargo_kind]
        cargoes = [largest_cargo_t(self.data, row.vessel_class, None, found.berth).cargo_t for row in tankers]
        if not cargoes:
            raise DataError(Finding("berth", f"no class of ship carries what {found.berth} takes."))
        return {ALONE: max(cargoes)}

    def lightering(self, port: str, mother_t: float, parcels: float) -> Mapping[str, Any]:
        place = self.data.port(port).name
        mother = self._mother(mother_t)
        costs = []
        for plan in self.data.lightering_plans.values():
            if self.data.port(plan.place).name != place:
                continue
            request = VoyageRequest(
                _MOTHER_FROM,
                _MOTHER_TO,
                mother,
                _QUIET_DAY,
                cargo_t=mother_t,
                bbl_per_t=_BBL_PER_T,
                lightering=plan,
            )
            try:
                made = estimate_voyage(self.data, request).lightering
            except DataError:
                continue  # a plan that this ship or this cargo does not fit
            if made is not None and len(made.parcels) == round(parcels):
                costs.append(made.cost_usd / (mother_t * _BBL_PER_T))
        if not costs:
            what = f"no plan of lightering at {port} makes {parcels:g} parcels of {mother_t:,.0f} t."
            raise DataError(Finding("lightering", what))
        return {ALONE: (min(costs), max(costs))}

    def _mother(self, cargo_t: float) -> str:
        """The smallest class of tanker that carries the cargo."""
        classes = [row for row in self.data.vessel_classes.values() if row.cargo_kind == "liquid"]
        able = [row for row in classes if row.dwt_t - row.not_cargo_t >= cargo_t]
        if not able:
            raise DataError(Finding("mother_t", f"no class of tanker carries {cargo_t:,.0f} t."))
        return min(able, key=lambda row: row.dwt_t).vessel_class

    def may(
        self,
        cargo: str,
        origin: str,
        destination: str,
        seller: str,
        date: date,
        authority: str = "",
        price: float | None = None,
    ) -> Mapping[str, Any]:
        found = answer(
            cargo=cargo, origin=origin, destination=destination, seller=seller or None, on=date, price=price,
            register=self.rules,
        )  # fmt: skip
        wanted = authority or origin
        # No rule of an authority that speaks of the trade is no prohibition by it.
        return {ALONE: found.words.get(wanted, "no rule")}
