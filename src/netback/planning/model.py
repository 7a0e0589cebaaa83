"""The planning problem as a list: first every variable, then every row, then every cost."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from netback.case import checks_numbers, checks_rows, checks_units
from netback.case.case import Case
from netback.errors import Finding, ModelError, closest
from netback.planning.cargo_rules import apply_cargo_rules
from netback.planning.pooling import FORMS, pooled
from netback.planning.switches import link_switches
from netback.planning.trade_law import RuleEffect
from netback.planning.trade_terms import apply_rules
from netback.program.builder import Builder
from netback.program.problem import Problem
from netback.refinery.balances import constraints_stream_balance
from netback.refinery.blends import (
    Arc,
    blend_arcs,
    constraints_blend,
    constraints_blend_share,
    constraints_recipe,
    costs_blend,
    switches_blend,
    variables_blend,
)
from netback.refinery.build import Build
from netback.refinery.crudes import Crudes
from netback.refinery.inventory import constraints_stock, costs_stock, variables_stock
from netback.refinery.limits import Activities, constraints_limit, variables_limit
from netback.refinery.network import Network
from netback.refinery.pools import Pool
from netback.refinery.purchases import (
    Tranche,
    constraints_purchase,
    costs_purchase,
    purchase_tranches,
    variables_purchase,
)
from netback.refinery.sales import Tier, constraints_sale, costs_sale, sale_tiers, variables_sale
from netback.refinery.specs import SpecRow, blend_spec_rows, constraints_spec, feed_spec_rows
from netback.refinery.tracing import trace
from netback.refinery.units import (
    constraints_capacity,
    constraints_feed_share,
    constraints_mixed_yield,
    constraints_run,
    costs_run,
    variables_run,
)
from netback.supply.cargo_limits import (
    constraints_berth,
    constraints_contract,
    costs_contract,
    variables_contract,
)
from netback.supply.cargoes import Cargoes, cargoes_of, constraints_cargo, costs_cargo, variables_cargo

#: What would give a wrong plan or none; :func:`netback.planning.checks.require_sound` looks for the rest.
_TABLE_CHECKS = (
    checks_rows.check_references,
    checks_rows.check_duplicate_rows,
    checks_rows.check_one_stream_each,
    checks_numbers.check_signs,
    checks_units.check_modes,
    checks_units.check_cuts,
)
_ENDS = (
    ("min", "max"),
    ("min_share", "max_share"),
    ("closing_min", "closing_max"),
    ("min_ships", "max_ships"),
    ("min_lot", "max_lot"),
)


@dataclass(frozen=True)
class Model:
    """A planning problem and what its rows and columns stand for."""

    case: Case
    network: Network
    build: Build
    tranches: tuple[Tranche, ...]
    tiers: tuple[Tier, ...]
    arcs: tuple[Arc, ...]
    blend_specs: tuple[SpecRow, ...]
    feed_specs: tuple[SpecRow, ...]
    cargoes: Cargoes
    pooling: str = "segregated"
    rule_effects: tuple[RuleEffect, ...] = ()
    pools: tuple[Pool, ...] = ()

    @cached_property
    def problem(self) -> Problem:
        """The compiled program; made when it is first asked for, so that a check of the tables need not wait."""
        return self.build.builder.build()

    @property
    def penalty_columns(self) -> NDArray[np.int64]:
        """Columns of all breakers."""
        parts = self.build.penalties
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Hold the cyclic garbage collector: it would walk the growing model again and again and find nothing to free."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def _require_form(form: str) -> None:
    if form not in FORMS:
        hint = closest(form, FORMS) or f"Choose one of {', '.join(FORMS)}."
        raise ModelError(Finding("--pooling", f'there is no form "{form}".', hint))


@_collector_paused()
def build_plan(case: Case, pooling: str = "segregated", crudes: Crudes | None = None) -> Model:
    """Put the plan of a case together.

    Parameters
    ----------
    case
        The case, in the scenario that is wanted.
    pooling
        ``segregated`` keeps lots of different quality apart, which stays linear and bounds every other form from
        above. ``fixed_recipe`` holds the mix of every pool of pools.csv, ``exact``, ``p``, ``pq``, ``source``,
        ``terminal`` and ``stp`` choose it, and so does ``recursion``, whose program is that of ``source``; see
        :mod:`netback.planning.pooling`.
    crudes
        What the distillations make of each crude; by the assays of the case unless told.

    Raises
    ------
    ModelError
        With all findings: names that no table knows, least above greatest, unknown properties and densities, missing
        exchange rates, endless rounds, flows that cannot be bounded although a switch needs it.
    """
    _require_form(pooling)
    _require_tables(case)
    network = trace(case, lean=pooling != "segregated", crudes=crudes)
    build = Build(network, Builder(case.name, "max"))
    tranches = purchase_tranches(build)
    tiers = sale_tiers(build)
    tranches, tiers, effects = apply_rules(build, tranches, tiers)
    arcs = blend_arcs(build)
    cargoes, on_cargoes = apply_cargo_rules(build, cargoes_of(build, tranches), tranches)

    variables_purchase(build, tranches)
    variables_cargo(build, cargoes)
    variables_contract(build, cargoes)
    variables_run(build)
    variables_blend(build, arcs)
    variables_sale(build, tiers)
    variables_stock(build)
    variables_limit(build)

    blend_specs = blend_spec_rows(build, arcs)
    feed_specs = feed_spec_rows(build)

    constraints_stream_balance(build)
    constraints_purchase(build, tranches, cargoes.offers)
    constraints_cargo(build, cargoes, tranches)
    constraints_contract(build, cargoes)
    constraints_berth(build, cargoes)
    constraints_run(build)
    constraints_capacity(build)
    constraints_feed_share(build)
    constraints_mixed_yield(build)
    constraints_spec(build, feed_specs, "feed_spec")
    constraints_blend(build, arcs)
    constraints_blend_share(build, arcs)
    constraints_recipe(build, arcs)
    constraints_spec(build, blend_specs, "spec")
    constraints_sale(build, tiers)
    constraints_stock(build)
    constraints_limit(build, Activities(tranches, tiers, arcs))
    switches_blend(build, arcs)

    costs_purchase(build, tranches)
    costs_cargo(build, cargoes, tranches)
    costs_contract(build)
    costs_run(build)
    costs_blend(build, arcs)
    costs_sale(build, tiers)
    costs_stock(build)

    if build.findings:
        raise ModelError(dict.fromkeys(build.findings), case.subject)
    link_switches(build)
    mixed = pooled(build, pooling)
    if build.findings:
        raise ModelError(dict.fromkeys(build.findings), case.subject)
    return Model(
        case, network, build, tuple(tranches), tuple(tiers), tuple(arcs),
        tuple(blend_specs), tuple(feed_specs), cargoes, pooling, (*effects, *on_cargoes), mixed,
    )  # fmt: skip


def _require_tables(case: Case) -> None:
    """Refuse tables of which no sound program can be made, so that no fault of theirs is met half-way."""
    findings = [finding for check in _TABLE_CHECKS for finding in check(case) if finding.severity == "error"]
    findings.extend(_crossed_ends(case))
    if findings:
        raise ModelError(findings, case.subject)


def _crossed_ends(case: Case) -> list[Finding]:
    """Rows whose least value is above the greatest."""
    findings = []
    for table in case.tables.values():
        for low, high in _ENDS:
            if not {low, high} <= table.schema.by_name.keys():
                continue
            for record in table.records:
                if record[low] is not None and record[high] is not None and record[low] > record[high]:
                    what = f"{low} {record[low]:g} is above {high} {record[high]:g}; nothing can meet both."
                    findings.append(Finding(table.where(record, low), what, "Correct one of them."))
    return findings
