"""``netback check``: findings of a case, what its numbers rest on, and every assumption with its range."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer

from netback.case.case import Case
from netback.case.checks import check as check_tables
from netback.case.checks_sources import STATUSES, Assumption, assumptions, count_statuses
from netback.case.shipped import SHIPPED_TABLES
from netback.cli.common import EXIT_FINDINGS, counted, findings_text, named_case, number, say, show_table
from netback.errors import DataError, Finding, NetbackError
from netback.io.folder import read_case
from netback.supply.checks import check_supply


def check(
    case: Annotated[
        str, typer.Argument(metavar="CASE", help="Folder of a case, or the name of a shipped one.")
    ],
    scenario: Annotated[str, typer.Option(help="Check the case as this scenario changes it.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
    assumed: Annotated[
        bool, typer.Option("--assumed", help="Print the assumed rows alone, with notes.")
    ] = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="Leave out the checks that put the model together.")
    ] = False,
    texts: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Look for every quotation in these stored texts.")
    ] = None,
) -> None:
    """Find what is wrong with a case and list what it assumes. Leaves with 2 if there are errors, else with 0."""
    case, scenario = named_case(case, scenario)
    try:
        found = read_case(case, scenario or None)
    except DataError as error:
        if not as_json:
            raise
        _print_json(error.subject or case, scenario, error.findings)
        raise typer.Exit(EXIT_FINDINGS) from None
    findings = all_findings(found, quick)
    if texts is not None:
        findings.extend(_quotation_findings(found, texts))
    if as_json:
        _print_json(found.name, scenario, findings, found)
    elif assumed:
        _show_assumed(found, with_notes=True)
    else:
        _show(found, findings)
    if any(finding.severity == "error" for finding in findings):
        raise typer.Exit(EXIT_FINDINGS)


def all_findings(case: Case, quick: bool = False) -> list[Finding]:
    """Return the findings of the tables and, where these have no errors, of the model made from them."""
    findings = [*check_tables(case, _built_in_properties), *check_supply(case)]
    findings.extend(_evidence_findings(case))
    if any(case.tables[name].records for name in (*SHIPPED_TABLES, "trade_terms")):
        from netback.regimes.checks import check_case_rules

        findings.extend(check_case_rules(case))
    unsound = any(finding.severity == "error" for finding in findings)
    if quick or unsound or find_spec("netback.planning.checks") is None:
        return findings
    try:
        findings.extend(import_module("netback.planning.checks").check_model(case))
    except NetbackError as error:
        findings.extend(error.findings)
    return list(dict.fromkeys(findings))


def _evidence_findings(case: Case) -> list[Finding]:
    """Findings of the claims and calculations of a case, if it has any."""
    if not any(
        len(case.table(name)) for name in ("claims", "series", "quantities", "calculations", "contradictions")
    ):
        return []
    from netback.evidence.checks import check_register
    from netback.io.register import register_of

    return check_register(register_of(case), of_case=True)


def _quotation_findings(case: Case, texts: Path) -> list[Finding]:
    from netback.evidence.quotations import check_quotations
    from netback.io.register import read_texts, register_of

    return check_quotations(register_of(case), read_texts(texts))[1]


def _built_in_properties() -> Collection[str]:
    from netback.assay.blending import properties

    return properties()


def _show(case: Case, findings: Sequence[Finding]) -> None:
    print(f"{case.subject}{': ' if case.title else ''}{case.title}")
    rows = sum(map(len, case.tables.values()))
    print(f"{counted(len(case.horizon), 'period')}, {counted(rows, 'row')} in all tables")
    errors = [finding for finding in findings if finding.severity == "error"]
    remarks = [finding for finding in findings if finding.severity != "error"]
    for group in (errors, remarks):
        if group:
            print(f"\n{findings_text(group, case.subject)}")
    counts = count_statuses(case)
    print()
    scenarios = [(row["scenario"], row["title"] or "") for row in case.table("scenarios").records]
    if scenarios and case.scenario is None:
        show_table("Scenarios", ("scenario", "title"), scenarios)
    show_table("What the rows rest on", ("status", "rows>"), [(name, counts[name]) for name in STATUSES])
    _show_assumed(case)
    print(f"{counted(len(errors), 'error')}, {counted(len(remarks), 'remark')}.")


def _show_assumed(case: Case, with_notes: bool = False) -> None:
    rows = assumptions(case)
    if not rows:
        print("Nothing is assumed.")
    else:
        _show_assumed_rows(rows, with_notes)
    if any(row["estimate"] for row in case.table("cargoes").records) or case.table("landed_costs").records:
        said = "Its voyages rest on ports, ships and rates of the library as well, many of them assumed"
        say(f"{said}: netback trace {case.name} vessel_classes aframax tells of each row on whose word.")


def _show_assumed_rows(rows: Sequence[Assumption], with_notes: bool) -> None:
    columns = ["place", "what", "column", "number>", "low>", "high>", "note" if with_notes else "source"]
    show_table(counted(len(rows), "assumed row"), columns, [_assumed_cells(row, with_notes) for row in rows])


def _assumed_cells(row: Assumption, with_notes: bool) -> tuple[str, ...]:
    source = row.source.replace(";", "; ")
    last = f"{row.note} [{source}]".strip() if with_notes and source else row.note if with_notes else source
    return (f"{row.table} {row.row}", row.key, row.column, *map(number, (row.value, row.low, row.high)), last)


def _print_json(name: str, scenario: str, findings: Sequence[Finding], case: Case | None = None) -> None:
    shown: dict[str, Any] = {"case": name, "scenario": scenario or None}
    shown["ok"] = not any(finding.severity == "error" for finding in findings)
    shown["findings"] = [asdict(finding) for finding in findings]
    if case is not None:
        shown["statuses"] = count_statuses(case)
        shown["assumed"] = [asdict(row) for row in assumptions(case)]
    print(json.dumps(shown, indent=1, ensure_ascii=False))
