"""The page that goes with an imported case: what was read by which convention, and all that was not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from netback.errors import Finding
from netback.io.remarks import remarks_page

if TYPE_CHECKING:
    from netback.case.case import Case
    from netback.io.pims.draft import Basis


def report(file: str, case: Case, basis: Basis, remarks: Sequence[Finding]) -> str:
    """The text of the page."""
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
        *remarks_page(remarks, "Read in part, or by a convention that the workbook does not state"),
    ]
    return "\n".join(lines).rstrip() + "\n"
