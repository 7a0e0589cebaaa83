"""What a reader of foreign files has to say beside the case: faults, conventions, and what it did not read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from netback.errors import Finding

if TYPE_CHECKING:
    from netback.case.case import Case

#: The page that goes with a case read from a file of others.
REPORT_FILE: Final = "IMPORT.md"


@dataclass
class Remarks:
    """What the reader has to say: faults, what was read in part or by a convention, and what was not read."""

    findings: list[Finding] = field(default_factory=list)

    def fault(self, where: str, what: str, hint: str = "") -> None:
        """Something that the user must repair; nothing is written."""
        self.findings.append(Finding(where, what, hint))

    def partly(self, where: str, what: str, hint: str = "") -> None:
        """Something read in part, or read by a convention that the file does not state."""
        self.findings.append(Finding(where, what, hint, "warning"))

    def ignored(self, where: str, what: str, hint: str = "") -> None:
        """Something that was not read, and why."""
        self.findings.append(Finding(where, what, hint, "note"))

    def of(self, severity: str) -> list[Finding]:
        """Findings of one severity."""
        return [finding for finding in self.findings if finding.severity == severity]


def import_page(file: str, case: Case, conventions: str, partly: str, remarks: Sequence[Finding]) -> str:
    """The page on a case read from ``file``: its rows, what was read in part (headed ``partly``), what was not read."""
    lines = [
        f"# {case.name}: what was read from {file}",
        "",
        conventions,
        "",
        "| table | rows |",
        "|---|---|",
        *(f"| {name} | {len(table)} |" for name, table in case.tables.items() if len(table)),
        "",
        *_section(partly, [finding for finding in remarks if finding.severity == "warning"]),
        *_section("Not read", [finding for finding in remarks if finding.severity == "note"]),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _section(title: str, findings: Iterable[Finding]) -> list[str]:
    listed = [f"{number}. {finding}" for number, finding in enumerate(findings, start=1)]
    return [f"## {title}", "", *(listed or ["Nothing."]), ""]
