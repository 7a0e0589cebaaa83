"""Every check of a case that needs only its tables. All run, and their findings come together.

``error`` means that the case says something that cannot hold or leaves a number without a source; ``warning``
that a planner should look; ``note`` that a rule of reading applies. Checks that need the network of flows or an
assay stand in :mod:`netback.planning`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from netback.case import (
    checks_cargoes,
    checks_flows,
    checks_numbers,
    checks_reported,
    checks_rows,
    checks_sources,
    checks_units,
)
from netback.case.case import Case
from netback.errors import DataError, Finding

Check = Callable[[Case], list[Finding]]

#: All checks in the order in which their findings are shown.
CHECKS: tuple[Check, ...] = (
    checks_rows.check_references,
    checks_rows.check_duplicate_rows,
    checks_rows.check_similar_names,
    checks_rows.check_period_rows,
    checks_rows.check_one_stream_each,
    checks_rows.check_steps,
    checks_rows.check_price_uom,
    checks_rows.check_uom_of_streams,
    checks_rows.check_exchange_rates,
    checks_rows.check_freight,
    checks_numbers.check_ranges,
    checks_numbers.check_override_ranges,
    checks_numbers.check_signs,
    checks_numbers.check_min_max,
    checks_numbers.check_shares,
    checks_numbers.check_share_sums,
    checks_numbers.check_recipes,
    checks_sources.check_sources,
    checks_units.check_modes,
    checks_units.check_units,
    checks_units.check_feeds,
    checks_units.check_deltas,
    checks_units.check_product_properties,
    checks_units.check_yield_sums,
    checks_units.check_delta_sums,
    checks_units.check_cuts,
    checks_units.check_swing_cuts,
    checks_flows.check_origins,
    checks_flows.check_destinations,
    checks_flows.check_limits,
    checks_flows.check_limit_terms,
    checks_cargoes.check_cargo_offers,
    checks_cargoes.check_cargo_rows,
    checks_cargoes.check_cargo_costs,
    checks_cargoes.check_contracts,
    checks_cargoes.check_berths,
    checks_reported.check_reported,
)

_ORDER = {"error": 0, "warning": 1, "note": 2}


def check(case: Case, built_in_properties: Callable[[], Collection[str]] | None = None) -> list[Finding]:
    """Run every check and return all findings, errors first, then in the order of the checks.

    ``built_in_properties`` gives the names of the properties that Netback blends by itself; it is called only
    when a property is not declared in ``properties.csv``. Without it, properties are not checked.
    """
    findings = list(case.remarks)
    for one in CHECKS:
        findings.extend(one(case))
    if built_in_properties is not None:
        findings.extend(checks_rows.check_properties(case, built_in_properties))
    findings.extend(check_scenarios(case))
    return sorted(dict.fromkeys(findings), key=lambda finding: _ORDER[finding.severity])


def check_scenarios(case: Case) -> list[Finding]:
    """Check that every scenario can be applied; nothing to do within a scenario."""
    findings: list[Finding] = []
    if case.scenario is not None:
        return findings
    for record in case.table("scenarios").records:
        try:
            case.in_scenario(record["scenario"])
        except DataError as error:
            findings.extend(error.findings)
    return list(dict.fromkeys(findings))
