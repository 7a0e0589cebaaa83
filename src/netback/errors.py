"""Errors and findings: what is wrong, where in the user's own words, and how to repair it.

A *finding* is one fault. Readers and checks collect findings and raise them together, so that a user
repairs a file once. The command line prints a :class:`NetbackError` without a traceback and ends with
exit code 2.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: its place in the user's own file, what is wrong and what would repair it.

    ``where`` reads like ``blends.csv, row 14, column component``; row 1 is the heading line, so the number
    is the one a spreadsheet shows. ``hint`` may be empty when the fault names its own repair.
    """

    where: str
    what: str
    hint: str = ""
    severity: Severity = "error"

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text} {self.hint}".rstrip()


class NetbackError(Exception):
    """Base of every error that is the user's to repair. Carries the findings that caused it.

    ``subject`` says what the findings are about, for example ``case karachi_2023_september``.
    """

    def __init__(self, findings: Finding | Iterable[Finding] | str, subject: str = "") -> None:
        if isinstance(findings, str):
            findings = Finding("", findings)
        if isinstance(findings, Finding):
            findings = (findings,)
        self.findings: tuple[Finding, ...] = tuple(findings)
        self.subject = subject
        super().__init__(self.report())

    def __reduce__(self) -> tuple[type[NetbackError], tuple[tuple[Finding, ...], str]]:
        return type(self), (self.findings, self.subject)

    def report(self) -> str:
        """The findings as numbered lines under one heading, as the command line prints them."""
        return format_findings(self.findings, self.subject)


class DataError(NetbackError):
    """The user's tables, files or arguments cannot be read or do not fit together."""


class ModelError(NetbackError):
    """The tables are readable but no sound mathematical program follows from them."""


class SolveError(NetbackError):
    """The solver could not do what was asked, or its answer failed the independent check."""


def format_findings(findings: Iterable[Finding], subject: str = "") -> str:
    """Format findings as ``2 problems in case x`` and one numbered line each."""
    listed = tuple(findings)
    if len(listed) == 1 and not subject:
        return str(listed[0])
    noun = "problem" if len(listed) == 1 else "problems"
    if all(finding.severity != "error" for finding in listed):
        noun = "remark" if len(listed) == 1 else "remarks"
    heading = f"{len(listed)} {noun}" + (f" in {subject}" if subject else "")
    width = len(str(len(listed)))
    lines = [f" {number:>{width}}. {finding}" for number, finding in enumerate(listed, start=1)]
    return "\n".join([heading, *lines])


def closest(name: str, known: Iterable[str]) -> str:
    """Return ``Closest name: "x".`` for a misspelt name, or an empty string if nothing is near."""
    candidates = list(known)
    # Half of a short code with a number may be wrong; of a word that is another word.
    cutoff = 0.5 if any(sign.isdigit() for sign in name) else 0.6
    matches = get_close_matches(name, candidates, n=1, cutoff=cutoff)
    if not matches:
        folded = {candidate.casefold(): candidate for candidate in candidates}
        matches = [folded[name.casefold()]] if name.casefold() in folded else []
    return f'Closest name: "{matches[0]}".' if matches else ""
