"""Supply: ships and the way from export terminal to refinery gate. Pure; no solver, no equations of a plan.

What others build on (kept stable):

    data = SupplyData.of(case)             library rows overlaid by the rows of a case; DataError with findings
    plan = data.plan("oman_one_shuttle")   a LighteringPlan by name, or make one
    request = VoyageRequest("Primorsk", "Karachi", "aframax", date(2023, 4, 21), via="Suez", bbl_per_t=7.3,
                            lightering=plan)
    voyage = estimate_voyage(data, request)
    voyage.legs, voyage.steps              ways between chokepoints; steps with name, kind, start, end, days
    voyage.arrival                         day on which the cargo, or its first parcel, is at the berth
    voyage.days_total                      from ready to load until the last tonne is ashore [d]
    voyage.round_trip_days                 until the ship is back at the loading port [d]
    voyage.cargo_t, voyage.largest_cargo_t, voyage.limited_by
    voyage.lightering.parcels              ship, cargo_t, berth and days of each parcel; None without lightering
    voyage.costs                           CostLine: name, group, per ("ship", "t" or "value"), rate, amount_usd
    voyage.cost_usd                        sum of the amounts, exact to the cent
    voyage.cost_per_ship_usd               USD for each ship
    voyage.cost_per_t_usd                  USD/t beside it
    voyage.share_of_value                  share of the value of the cargo beside both
    find_route(data, origin, destination, Sailing(start, speed_kn), via, avoid)
    largest_cargo_t(data, vessel_class, load_berth, discharge_berth, route, density_t_per_m3)

So a plan may reckon ``ships x cost_per_ship_usd + tonnes x cost_per_t_usd + value x share_of_value``. Nothing here
is about crude: a cargo is anything that a ship of the right kind carries.
"""

from netback.supply.costs import CostLine
from netback.supply.data import SupplyData
from netback.supply.intake import LargestCargo, largest_cargo_t
from netback.supply.lightering import Lightering, split_by_intake
from netback.supply.routes import Route, Sailing, find_route
from netback.supply.rows import Berth, LighteringPlan, VesselClass
from netback.supply.voyages import Step, VoyageEstimate, VoyageRequest, estimate_voyage

__all__ = [
    "Berth",
    "CostLine",
    "LargestCargo",
    "Lightering",
    "LighteringPlan",
    "Route",
    "Sailing",
    "Step",
    "SupplyData",
    "VesselClass",
    "VoyageEstimate",
    "VoyageRequest",
    "estimate_voyage",
    "find_route",
    "largest_cargo_t",
    "split_by_intake",
]
