"""The solution: named result tables with uom, the economics, and the certificate beside them."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from netback import __version__
from netback.planning.rule_worth import rule_worths
from netback.planning.solve import Plan
from netback.planning.worth import OfferWorth, offer_worths, offered
from netback.program.scaling import scaling
from netback.program.solution import Certificate
from netback.results import flows, limits, mixed, provenance
from netback.results.economics import Economics, economics, economics_table, mass_balance, waterfall
from netback.results.order import period_by_period
from netback.results.reading import Reader
from netback.results.reported import reported
from netback.results.rules import rules
from netback.results.table import ResultTable
from netback.results.voyages import voyages

_LOCAL = "marginal values and break-even prices are local: those of a plan near this one"
_MIXED = f"every stream of pools.csv mixes and all its users get the same mix; {_LOCAL}"
#: What is kept apart in a segregated plan: cuts of crudes, or in a plant without a still whatever is bought.
_APART = {
    True: "cuts of different crudes are kept apart from still to blend",
    False: "streams of different origin are kept apart until they are blended",
}
#: What the form of a plan means for its value and its marginal values.
FORM_NOTES = {
    "segregated": "segregated: {apart}, so a plan with shared tanks cannot be worth more",
    "fixed_recipe": (
        "fixed recipe: the mix of every pool is held, so the plan is best for these recipes only; with other mixes a "
        "plant may earn more"
    ),
    "recursion": f"recursion: a local plan by distributive recursion; {_MIXED}",
    "exact": f"exact: {_MIXED}",
} | {form: f"exact, in the {form} form: {_MIXED}" for form in ("p", "pq", "source", "terminal", "stp")}


@dataclass(frozen=True, eq=False)
class Solution:
    """A plan in the planner's words. ``tables`` are the results by name, in the order they are shown."""

    case: str
    scenario: str | None
    title: str
    currency: str
    certificate: Certificate
    economics: Economics
    tables: Mapping[str, ResultTable]
    worths: tuple[OfferWorth, ...]
    facts: Mapping[str, Any]

    def __getitem__(self, name: str) -> ResultTable:
        return self.tables[name]

    @property
    def name(self) -> str:
        """Case and scenario in one word."""
        return f"{self.case}:{self.scenario}" if self.scenario else self.case

    def to_dict(self) -> dict[str, Any]:
        """Everything, for JSON: certificate, economics, tables, sizes, versions and settings."""
        found = self.economics
        return {
            "format": "netback-solution/1",
            "case": self.case,
            "scenario": self.scenario,
            "title": self.title,
            "currency": self.currency,
            "certificate": self.certificate.to_dict(),
            "economics": {
                "margin": found.margin,
                "penalties": found.penalties,
                "objective": found.objective,
                "crude_run": found.crude,
                "crude_uom": found.crude_uom,
                "margin_per_crude": found.margin / found.crude if found.crude else None,
            },
            "facts": dict(self.facts),
            "tables": {name: table.to_dict() for name, table in self.tables.items()},
        }


def solution_of(plan: Plan) -> Solution:
    """Read a solved plan.

    Raises
    ------
    ValueError
        If the plan has no point that passed the check; ask ``plan.solved`` first.
    """
    if not plan.solved:
        raise ValueError(
            f"the plan of {plan.case.subject} is {plan.certificate.word}: there is nothing to read"
        )
    reader = Reader(plan)
    worths = offer_worths(plan)
    found = economics(reader)
    currency = plan.case.currency
    tables: tuple[ResultTable, ...] = (
        flows.purchases(reader, worths),
        voyages(reader),
        flows.unit_runs(reader),
        flows.unit_products(reader),
        flows.swings(reader),
        flows.streams(reader),
        flows.blends(reader),
        limits.qualities(reader),
        flows.sales(reader),
        flows.stocks(reader),
        mixed.pools(reader),
        mixed.pool_qualities(reader),
        limits.limits(reader),
        economics_table(found, currency),
        waterfall(found, currency),
        mass_balance(reader),
        mixed.lots(reader),
        provenance.assumed(plan.case),
        provenance.sources(plan.case),
    )
    if plan.case.table("reported").records:
        tables = (*tables, reported(plan.case, {table.name: table for table in tables}))
    if plan.model.rule_effects:
        tables = (*tables, rules(reader, rule_worths(plan)))
    return Solution(
        plan.case.name,
        plan.case.scenario,
        plan.case.title or plan.case.name,
        currency,
        plan.certificate,
        found,
        {table.name: period_by_period(table, plan.case.horizon.names) for table in tables},
        worths,
        _facts(plan) | {"offers": sum(1 for _ in offered(plan)), "offers_measured": len(worths)},
    )


def _facts(plan: Plan) -> dict[str, Any]:
    rows, columns = plan.model.problem.shape
    report = scaling(plan.model.problem)
    return {
        "netback": __version__,
        "python": platform.python_version(),
        "numpy": _version("numpy"),
        "highspy": _version("highspy"),
        "solver": plan.raw.solver,
        "form": FORM_NOTES[plan.model.pooling].format(apart=_APART[_has_crudes(plan)]),
        "pooling": plan.model.pooling,
        "pools": [pool.stream for pool in plan.model.pools],
        "pool_forms": {pool.stream: pool.form for pool in plan.model.pools},
        "remarks": [str(remark) for remark in plan.model.build.remarks],
        "periods": list(plan.case.horizon.names),
        "rows": rows,
        "columns": columns,
        "nonzeros": plan.model.problem.nonzeros,
        "integers": int(plan.model.problem.integer.sum()),
        "scaling": report.text,
        "scaling_ratio": report.coefficients.ratio,
        "build_seconds": round(plan.build_seconds, 6),
        "solve_seconds": round(plan.solve_seconds, 6),
    }


def _has_crudes(plan: Plan) -> bool:
    """Whether anything is a crude: by crudes.csv or by its kind in streams.csv."""
    named = plan.case.table("crudes").records
    return bool(named) or any(row["kind"] == "crude" for row in plan.case.table("streams").records)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
