"""``netback trace``, ``contradictions`` and ``verify``: on whose word, and does it hold."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netback.case.table import Record, Table
from netback.cli.common import EXIT_FINDINGS, findings_text, named_case
from netback.errors import DataError, Finding, closest

if TYPE_CHECKING:
    from netback.case.case import Case
    from netback.evidence.providers import Providers
    from netback.evidence.register import Register

_REGISTER = "Folder of your own claims, or a case; they stand before the shipped register."


def trace(
    what: Annotated[str, typer.Argument(metavar="CASE|CLAIM", help="Case, or a claim such as REF-021.")],
    table: Annotated[
        str, typer.Argument(metavar="[TABLE]", help="Table of the case, or a result of its plan.")
    ] = "",
    row: Annotated[
        str, typer.Argument(metavar="[ROW]", help="Name in a key column, or row number; see above.")
    ] = "",
    column: Annotated[str, typer.Argument(metavar="[COLUMN]", help="Column; blank is the main number.")] = "",
    register: Annotated[str, typer.Option(metavar="FOLDER", help=_REGISTER)] = "",
    scenario: Annotated[str, typer.Option(help="Take the case as this scenario changes it.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the tree as JSON.")] = False,
) -> None:
    """Walk from a number to the sources, claims and calculations that it stands on.

    Input tables count rows as a spreadsheet does: the heading is row 1. Rows of results are named, not
    numbered: an offer, a cargo, a sale, a unit, a stream, a pool, a rule. Of a name that is both an input
    and a result (sales, blends, limits, rules, sources), a number means the row of the input table.
    """
    from netback.cli.evidence_tables import node_json, show_tree
    from netback.evidence.trace import trace_claim, trace_row
    from netback.io.register import register_of

    if not table:
        node = trace_claim(_register_for(what, register), what)
    elif not row:
        raise DataError(Finding("", f"which row of {table}?", "Name it: netback trace CASE TABLE ROW."))
    else:
        found = _case(what, scenario)
        library = _library(table.removesuffix(".csv"))
        node = trace_row(found, register_of(found, library.get("sources")), table, row, column, library)
    if as_json:
        print(json.dumps(node_json(node), indent=1, ensure_ascii=False))
    else:
        show_tree(node)


def _library(table: str) -> dict[str, Table]:
    """Rows of ports, ships and rates that come with Netback, and their sources; nothing for other tables."""
    from netback.evidence.result_names import RESULTS
    from netback.supply.data import SUPPLY_TABLES, library_sources, library_tables

    wanted = [name for name in (table, *RESULTS.get(table, ())) if name in SUPPLY_TABLES]
    if not wanted:
        return {}
    found = {name: library_tables()[name] for name in wanted}
    # Rows of the library are numbered below zero; here they are told by their place in their own file.
    told = {
        name: replace(rows, records=tuple(Record(record, abs(record.row)) for record in rows.records))
        for name, rows in found.items()
    }
    return told | {"sources": library_sources()}


def contradictions(
    register: Annotated[str, typer.Option(metavar="FOLDER|CASE", help=_REGISTER)] = "",
    loose: Annotated[
        bool,
        typer.Option("--loose", help="Hold claims without quantity together by topic; most hits are false."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Find claims that cannot both hold, by rules; say which are known and which nobody judged."""
    from netback.cli.evidence_tables import hits_json, show_hits
    from netback.evidence.contradictions import find

    found = _register(register)
    if register:
        _check(found, register, evidence_providers())
    hits = find(found, loose)
    if register:
        own = {record["claim"] for record in found.own("claims")}
        hits = tuple(hit for hit in hits if hit.ids & own)
    if as_json:
        print(json.dumps(hits_json(hits), indent=1, ensure_ascii=False))
    else:
        show_hits(found, hits, of_own=bool(register))


def verify(
    claim: Annotated[str, typer.Argument(metavar="[CLAIM]", help="Claim to put to its calculations.")] = "",
    every: Annotated[bool, typer.Option("--all", help="Every claim that has a calculation.")] = False,
    register: Annotated[str, typer.Option(metavar="FOLDER|CASE", help=_REGISTER)] = "",
    texts: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Look for every quotation in these stored texts.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the overview as a Markdown table.")
    ] = False,
) -> None:
    """Put a claim to its calculations: reproduced, challenged, refuted, inferred or cannot tell."""
    from netback.cli.evidence_tables import overview_markdown, show_overview, show_verdicts, verdicts_json
    from netback.evidence.verdicts import verify as verify_claim

    if bool(claim) == every and texts is None:
        raise DataError(Finding("", "which claim?", "Name one, as in netback verify BT-09, or add --all."))
    found = _register(register)
    providers = evidence_providers()
    if register:
        _check(found, register, providers)
    if texts is not None:
        _check_texts(found, texts)
    if not claim and not every:
        return
    names = _to_verify(found, register) if every else [claim]
    verdicts = {name: verify_claim(found, name, providers) for name in names}
    if as_json:
        print(json.dumps(verdicts_json(verdicts), indent=1, ensure_ascii=False))
    elif as_markdown:
        print(overview_markdown(verdicts), end="")
    elif every:
        show_overview(verdicts)
    else:
        show_verdicts(verdicts[claim])


def _check_texts(found: Register, texts: Path) -> None:
    from netback.evidence.quotations import check_quotations
    from netback.io.register import read_texts

    count, findings = check_quotations(found, read_texts(texts))
    if findings:
        print(findings_text(findings, f"texts {texts}"))
        raise typer.Exit(EXIT_FINDINGS)
    print(f"{count} quotation{'' if count == 1 else 's'}, all found in the stored texts.")


def _check(found: Register, name: str, providers: Providers) -> None:
    """Refuse a register of one's own that has faults; show what is only remarkable."""
    from netback.evidence.checks import check_register

    findings = check_register(found, providers)
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        raise DataError(errors, f"register {name}")
    if findings:
        print(findings_text(findings, f"register {name}"), file=sys.stderr)


def _to_verify(found: Register, name: str) -> list[str]:
    """Claims with a calculation: those of the folder if one is named, else all."""
    if not name:
        return list(found.calculations)
    own = dict.fromkeys(record["claim"] for record in found.own("calculations"))
    if not own:
        raise DataError(
            Finding("calculations.csv", "there is no calculation.", "See docs/evidence.md."),
            f"register {name}",
        )
    return list(own)


def _register(name: str) -> Register:
    from netback.io.register import read_register

    return read_register(name or None)


def _register_for(claim: str, name: str) -> Register:
    """Return the register; a word that names neither claim nor case gets the closest of both."""
    from netback.evidence.register import split_name
    from netback.io.folder import shipped_cases

    found = _register(name)
    known = {key.casefold() for key in found.parts}
    if split_name(claim)[0].casefold() not in known:
        cases = shipped_cases()
        if claim in cases or Path(claim).is_dir():
            raise DataError(
                Finding("", f"which number of {claim}?", "Name it: netback trace CASE TABLE ROW.")
            )
        raise DataError(Finding("", f'there is no claim "{claim}".', closest(claim, [*found.parts, *cases])))
    return found


def _case(name: str, scenario: str) -> Case:
    from netback.io.folder import read_case

    path, scenario = named_case(name, scenario)
    return read_case(path, scenario or None)


def evidence_providers() -> Providers:
    """Everything that calculations may ask beyond the register; the layers above evidence fill it here."""
    from netback.io.folder import read_case
    from netback.results.answers import CaseProvider, PlanProvider
    from netback.results.answers_corridor import corridor_providers

    plan, case = PlanProvider(read_case), CaseProvider(read_case)
    return {plan.name: plan, case.name: case, **corridor_providers()}
