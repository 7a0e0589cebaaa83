"""What the rows of a plan are called in the planner's words, and what an infeasible plan is told in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from netback.case.table import Record
from netback.errors import Finding, ModelError
from netback.planning.model import Model, build_plan
from netback.planning.repairs import repairs
from netback.planning.told_limits import told_limits
from netback.program.diagnose import Diagnosis, Phrase, UomOf, diagnose


def phrases(model: Model) -> Mapping[str, Phrase]:
    """A phrase for every block whose bounds the planner can change and that the plan has."""
    made = _all_phrases(model)
    built = {block.name for block in (*model.problem.row_blocks, *model.problem.column_blocks)}
    return {name: phrase for name, phrase in made.items() if name in built}


def _all_phrases(model: Model) -> dict[str, Phrase]:
    titles = {row["limit"]: row["title"] or row["limit"] for row in model.case.table("limits").records}
    end = {"lower": "minimum", "upper": "maximum"}

    uom_of = _uom_of(model)

    def amount(block: str, k: tuple[str, ...], value: float) -> str:
        """A number in the uom in which its row or column counts."""
        return f"{value:,.6g} {uom_of(block, k)}".rstrip()

    return {
        "purchase": lambda k, side, v: (
            f"the {end[side]} purchase of {k[0]} in {k[2]}"
            f" ({amount('purchase', k, v)}{_forbidden(model, 'offer', k)})"
        ),
        "opening_stock": lambda k, side, v: f"the opening stock of {k[0]} ({amount('opening_stock', k, v)})",
        "sale_limit": lambda k, side, v: (
            f"the {end[side]} sale of {k[0]} in {k[2]}"
            f" ({amount('sale_limit', k, v)}{_forbidden(model, 'sale', k)})"
        ),
        "capacity": lambda k, side, v: (
            f"the {'capacity' if side == 'upper' else 'minimum run'} of {k[0]} in {k[2]}"
            f" ({amount('capacity', k, v)})"
        ),
        "feed_share_max": lambda k, side, v: f"the greatest share of {k[2]} in the feed of {k[0]} in {k[3]}",
        "feed_share_min": lambda k, side, v: f"the least share of {k[2]} in the feed of {k[0]} in {k[3]}",
        "share_max": lambda k, side, v: f"the greatest share of {k[1]} in {k[0]} in {k[2]}",
        "share_min": lambda k, side, v: f"the least share of {k[1]} in {k[0]} in {k[2]}",
        "spec_max": lambda k, side, v: f"the {k[1]} max of {k[0]} in {k[2]}{_spec(model, k, 'max')}",
        "spec_min": lambda k, side, v: f"the {k[1]} min of {k[0]} in {k[2]}{_spec(model, k, 'min')}",
        "feed_spec_max": lambda k, side, v: f"the {k[2]} max of the feed of {k[0]} in {k[3]}",
        "feed_spec_min": lambda k, side, v: f"the {k[2]} min of the feed of {k[0]} in {k[3]}",
        "recipe_part": lambda k, side, v: f"the part of {k[2]} in recipe {k[1]} of {k[0]}",
        "stock_limit": lambda k, side, v: (
            f"the {end[side]} stock of {k[0]} in {k[1]} ({amount('stock_limit', k, v)})"
        ),
        "limit": lambda k, side, v: (
            f"the {end[side]} of limit {titles[k[0]]} in {k[1]} ({amount('limit', k, v)})"
        ),
        "limit_horizon": lambda k, side, v: (
            f"the {end[side]} of limit {titles[k[0]]} over the horizon ({amount('limit_horizon', k, v)})"
        ),
        "cargo_ships": lambda k, side, v: f"the {end[side]} ships of {k[0]} that load in {k[1]} ({v:g})",
        "contract_ships": lambda k, side, v: f"the {end[side]} ships of contract {k[0]} in {k[1]} ({v:g})",
        "contract_ships_horizon": lambda k, side, v: (
            f"the {end[side]} ships of contract {k[0]} over the horizon ({v:g})"
        ),
        "contract_total": lambda k, side, v: f"the {end[side]} total of contract {k[0]} in {k[1]} ({v:,.6g})",
        "contract_total_horizon": lambda k, side, v: f"the {end[side]} total of contract {k[0]} ({v:,.6g})",
        "contract_lot_min": lambda k, side, v: f"the least lot of contract {k[0]} in {k[3]}",
        "contract_lot_max": lambda k, side, v: f"the greatest lot of contract {k[0]} in {k[3]}",
        "cargo_least": lambda k, side, v: f"the least lot of {k[0]} in {k[2]}",
        "cargo_most": lambda k, side, v: f"the greatest lot of {k[0]} in {k[2]}",
        "parcel_least": lambda k, side, v: f"the least parcel {k[1]} of {k[0]} in {k[3]}",
        "parcel_most": lambda k, side, v: f"the greatest parcel {k[1]} of {k[0]} in {k[3]}",
        "berth_ships": lambda k, side, v: f"the ships that {k[0]} can take in {k[1]} ({v:g})",
        "berth_days": lambda k, side, v: f"the berth days of {k[0]} in {k[1]} ({v:g})",
        "at_sea": lambda k, side, v: f"the voyage {k[0]} that began before ({amount('at_sea', k, v)})",
        "purchase_lot": lambda k, side, v: f"the lot size of {k[0]} in {k[2]}",
    }


def _forbidden(model: Model, kind: str, key: tuple[str, ...]) -> str:
    """Which rules cut an offer or a sale, where some do."""
    for effect in model.rule_effects:
        if (effect.kind, effect.name, effect.step, model.build.periods[effect.period]) == (kind, *key):
            return f", cut by {', '.join(effect.rules)}" if effect.share < 1.0 else ""
    return ""


def _spec(model: Model, key: tuple[str, ...], side: str) -> str:
    period = model.build.periods.index(key[2])
    for row in model.blend_specs:
        if row.key == key[:2] and row.side == side:
            return f" ({row.limit[period]:g})"
    return ""


def explain_failure(model: Model, time_limit: float | None = 60.0) -> Diagnosis:
    """Why the plan of a model has no optimum."""
    return diagnose(model.problem, phrases=phrases(model), uom_of=_uom_of(model), time_limit=time_limit)


def _uom_of(model: Model) -> UomOf:
    """The uom in which the rows and columns of a block count, a rate where their row states one; blank where none."""
    case, network = model.case, model.network

    def stated(table: str, **of: str | None) -> Record | None:
        return next(
            (
                row
                for row in case.table(table).records
                if all(row[name] == value for name, value in of.items())
            ),
            None,
        )

    def uom_of(block: str, labels: tuple[str, ...]) -> str:
        if block == "purchase":
            row = stated("offers", offer=labels[0])
            return network.streams[row["stream"]].uom if row is not None else ""
        if block == "at_sea":
            row = stated("cargoes_at_sea", voyage=labels[0])
            return network.streams[row["stream"]].uom if row is not None else ""
        if block == "opening_stock":
            return network.stream_of(network.labels.index(labels[0])).uom
        if block == "sale_limit":
            row = stated("sales", sale=labels[0])
            return str(row["uom"] or network.streams[row["stream"]].uom) if row is not None else ""
        if block == "stock_limit":
            row = stated("inventories", stream=labels[0])
            return str(row["uom"] or network.streams[row["stream"]].uom) if row is not None else ""
        if block == "capacity":
            row = stated("capacities", unit=labels[0], mode=None if labels[1] == "all" else labels[1])
            return str(row["uom"] or "") if row is not None else ""
        if block in ("limit", "limit_horizon"):
            row = stated("limits", limit=labels[0])
            return str(row["uom"] or "") if row is not None else ""
        return ""

    return uom_of


def _clash(told: Diagnosis, periods: Sequence[str]) -> str:
    """What clashes, one limit a line where there are several."""
    limits = told_limits(told.conflict, periods)
    if len(limits) < 2:
        return f"no plan can meet all limits: {''.join(limits)} {told.rest}"
    lines = "\n".join(f"  - {limit}" for limit in limits)
    return f"no plan can meet all limits:\n{lines}\nThese {told.rest}"


def _repaired(model: Model, told: Diagnosis) -> str:
    """Repairs, one a line; blank where there is none."""
    found = repairs(model, told.conflict, _uom_of(model))
    lines = []
    for one in found:
        margin = "" if one.margin is None else f", then the margin is {one.margin:,.0f} {model.case.currency}"
        lines += [f"  - {one.phrase}{f' {one.text}' if one.text else ''}{margin}"] if one.enough else []
    if not lines:
        return "\nNo one of them is enough alone; the amounts above are the least that ease all together."
    others = [one.phrase for one in found if not one.enough]
    rest = f"\nNot enough alone, since other limits clash then: {'; '.join(others)}." if others else ""
    intro = "\nEach of these alone makes a plan possible, if it is eased at least so far:\n"
    return f"{intro}{chr(10).join(lines)}{rest}\n"


def failure_findings(model: Model, word: str, message: str, *, repair: bool = False) -> ModelError:
    """The error that tells an infeasible, unbounded or unsolved plan in the planner's words.

    With ``repair`` it also tells which limit, eased alone, would make a plan possible.
    """
    if word == "not solved" and "time" in message:
        return ModelError(
            Finding("", f"not solved in the time given. {message}", "Allow more time."), model.case.subject
        )
    linear = model if model.pooling == "segregated" else build_plan(model.case)
    told = explain_failure(linear)
    if told.word == "feasible" and linear is not model:
        hint = "Allow more time, or look which spec the mix cannot meet with: netback plan without --pooling."
        how = "with the pools mixed none was found"
        if model.pooling == "fixed_recipe":
            how = "with these recipes of the pools there is none"
            hint = "Give other shares in pool_recipes.csv, or let the plan choose them: --pooling exact."
        what = f"{word}: with every crude kept apart there is a plan, {how}. {message}"
        return ModelError(Finding("pools.csv", what.strip(), hint), model.case.subject)
    if told.word == "infeasible":
        hint = "Ease one of them, or give it a breaker_cost to see what breaking it costs."
        clash = _clash(told, linear.build.periods)
        if repair and told.breakable:
            clash += _repaired(linear, told)
        return ModelError(Finding("", clash, hint), model.case.subject)
    return ModelError(Finding("", f"{word}. {told.text or message}"), model.case.subject)
