"""The page that goes with an imported case: what was read by which convention, and all that was not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from netback.errors import Finding

if TYPE_CHECKING:
    from netback.case.case import Case
    from netback.io.pims.draft import Basis

REPORT_FILE: Final = "IMPORT.md"


def report(file: str, case: Case, basis: Basis, remarks: Sequence[Finding]) -> str:
    """The text of the page."""
    partly = [finding for finding in remarks if finding.severity == "warning"]
    ignored = [finding for finding in remarks if finding.severity == "note"]
    lines = [
        f"# {case.name}: what was read from {file}",
        "",
        f"Flows are read in {basis.rate}, prices in {basis.price}, one period of {basis.days:g} days.",
        "Utilities are counted in units of their own (each). Properties keep their tags and are averaged linearly"
        f" by {'mass' if basis.by_mass else 'volume'}.",
        "",
        "| table | rows |",
        "|---|---|",
        *(f"| {name} | {len(table)} |" for name, table in case.tables.items() if len(table)),
        "",
        *_section("Read in part, or by a convention that the workbook does not state", partly),
        *_section("Not read", ignored),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _section(title: str, findings: Iterable[Finding]) -> list[str]:
    listed = [f"{number}. {finding}" for number, finding in enumerate(findings, start=1)]
    return [f"## {title}", "", *(listed or ["Nothing."]), ""]
