"""The certificate of a plan in a planner's words, the same in the terminal and on pages."""

from __future__ import annotations

from netback.results.solution import Solution


def certificate_text(solution: Solution) -> str:
    """The word, the bound and what the check found, in two lines."""
    found, facts = solution.certificate, solution.facts
    size = f"{facts['rows']:,} rows, {facts['columns']:,} columns, {facts['nonzeros']:,} nonzeros"
    worst = found.residuals.worst_primal[0]
    if found.word == "proven":
        told = f"Proven best to {found.gap or 0.0:.1e} by {found.bound_by}"
    elif found.gap is not None:
        told = f"Feasible, at most {100.0 * found.gap:.3g} % below the best: bound by {found.bound_by}"
    else:
        told = "Feasible; no bound is known"
    if "its word" in found.bound_by:
        told += ". That bound is the solver's word alone: it was not evaluated again"
    if facts["pools"]:
        told += (
            f".\nValue found by {found.value_by.removesuffix(', re-evaluated')}, added up again from the plan"
        )
    return f"{told}.\nChecked in the original rows: worst relative residual {worst:.0e} ({size})."
