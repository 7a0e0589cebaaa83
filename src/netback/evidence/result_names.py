"""Result tables that a plan writes: on which input tables each stands, and its columns. Known without solving."""

from __future__ import annotations

from collections.abc import Mapping

_MONEY = ("offers", "offer_costs", "sales", "sale_costs", "modes", "utilities")
_SHIPS = ("cargoes", "parcels", "cargo_costs", "contracts", "cargoes_at_sea", "offers", "offer_costs")

#: Result table -> the input tables whose rows make it. ``assumed`` stands on the assumed rows of every table.
RESULTS: Mapping[str, tuple[str, ...]] = {
    "purchases": ("offers", "offer_costs"),
    "voyages": _SHIPS,
    "unit_runs": ("capacities", "modes", "feeds", "feed_specs"),
    "unit_products": ("yields", "deltas", "cuts", "product_properties", "utilities"),
    "swings": ("cuts",),
    "streams": ("stream_properties", "crudes", "completions"),
    "blends": ("blends", "specs"),
    "qualities": ("specs",),
    "sales": ("sales", "sale_costs"),
    "stocks": ("inventories", "opening_stocks"),
    "pools": ("pools", "pool_recipes", "inventories", "opening_stocks"),
    "pool_qualities": ("pools", "pool_recipes", "stream_properties", "product_properties", "crudes"),
    "limits": ("limits", "limit_terms", "capacities", "offers", "sales"),
    "economics": _MONEY,
    "waterfall": _MONEY,
    "mass_balance": ("yields", "modes", "capacities"),
    "lots": ("streams", "stream_properties", "crudes", "completions", "cuts", "yields", "product_properties"),
    "assumed": (),
    "sources": ("sources",),
    "reported": ("reported",),
    "landed": ("landed_costs", "landed_cost_items", "landed_claims"),
    "rules": ("rules", "rule_exceptions", "party_listings", "trade_terms"),
}

_COLUMNS = {
    "purchases": "period offer tranche stream quantity uom mass volume price_basis price delivered_price "
    "break_even_low break_even_high headroom price_per cost",
    "voyages": "voyage cargo offer stream parcel vessel load_port laycan_from laycan_to load_period load_date via "
    "lightering discharge_port arrival_date arrival_period loaded arriving uom mass volume freight freight_per_bbl",
    "unit_runs": "period unit mode feed quantity uom mass volume",
    "unit_products": "period unit stream quantity uom mass yield",
    "swings": "period stream to quantity uom mass",
    "streams": "period stream kind uom bought made used sold stock_change left_over mass marginal_value",
    "blends": "period product recipe component quantity uom mass volume mass_share volume_share",
    "qualities": "period product property value min max giveaway binding marginal_value rule",
    "sales": "period sale tier market stream quantity uom mass volume price net_price revenue",
    "stocks": "period stream quantity uom mass",
    "pools": "period pool side name crudes share quantity uom",
    "pool_qualities": "period pool property value",
    "limits": "period kind limit value min max uom slack binding marginal_value broken_by",
    "economics": "group item amount per_crude",
    "waterfall": "group step amount level",
    "mass_balance": "period part mass_in mass_out loss stock_change imbalance imbalance_pct unknown",
    "lots": "name stream crudes made_by property value",
    "assumed": "table row key column value low high uom source note",
    "sources": "source title attributed_to outlet published url licence confidence",
    "reported": "fact title period plan reported low high uom difference difference_pct said_by note",
    "landed": "landing item amount",
    "rules": "rules authority effect trades periods done until binds worth more worth_per_bbl title citation url",
}

#: Result table -> its columns in order.
RESULT_COLUMNS: Mapping[str, tuple[str, ...]] = {name: tuple(text.split()) for name, text in _COLUMNS.items()}
