"""What only the model can tell about a case: unknown qualities, missing densities, endless rounds, bad scaling."""

from __future__ import annotations

from netback.case.case import Case
from netback.case.checks import check
from netback.case.checks_sources import check_sources
from netback.errors import DataError, Finding, ModelError
from netback.planning.model import build_plan
from netback.regimes.checks import check_case_rules
from netback.supply.checks import check_supply


def check_model(case: Case) -> list[Finding]:
    """Findings and remarks of putting the plan together, with its pools where it has some; nothing is solved."""
    found = dict.fromkeys(check_supply(case))
    for form in ("segregated", "exact") if case.table("pools").records else ("segregated",):
        try:
            found.update(dict.fromkeys(build_plan(case, form).build.remarks))
        except ModelError as error:
            found.update(dict.fromkeys(error.findings))
    return list(found)


def require_sound(case: Case) -> None:
    """Refuse to plan a case whose tables have errors; rows without a source alone do not stop a plan.

    Raises
    ------
    DataError
        With every error of the tables.
    """
    orphans = {(finding.where, finding.what) for finding in check_sources(case)}
    errors = [
        finding
        for finding in (*check(case), *check_supply(case), *check_case_rules(case))
        if finding.severity == "error" and (finding.where, finding.what) not in orphans
    ]
    if errors:
        raise DataError(errors, case.subject)
