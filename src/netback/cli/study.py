"""``netback study``: many cases of one plan, solved fast, stored as they come, taken up again after a stop."""

from __future__ import annotations

import math
import re
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netback.case.values import CellError
from netback.cli.common import EXIT_FINDINGS, EXIT_INTERRUPTED, counted, printable
from netback.cli.options import CaseOrWorkbook, Jobs
from netback.errors import DataError, Finding

if TYPE_CHECKING:
    from netback.studies.study import Answer, Study

_MOST_SHOWN = 40
_MOST_VALUES = 10_000


def study(
    case: CaseOrWorkbook,
    sweep: Annotated[
        list[str] | None,
        typer.Option(help="'TABLE WHERE COLUMN FROM:TO:STEP' or a list 70,75,80; several make a grid."),
    ] = None,
    scenarios: Annotated[
        str,
        typer.Option(
            help="Scenarios separated by commas, none being the case itself; all: none and all others."
        ),
    ] = "none",
    store: Annotated[
        Path | None,
        typer.Option(metavar="FILE.csv", help="Append answers to this file; a stopped study goes on."),
    ] = None,
    jobs: Jobs = None,
    cluster: Annotated[str, typer.Option(metavar="ADDRESS", help="Solve on a dask cluster.")] = "",
) -> None:
    """Solve many cases: every scenario with every combination of the swept inputs.

    WHERE is column=value, several joined by &, or * for all rows. The exit code is 2 if a case has no plan.

    For example: netback study karachi_2023_september --sweep 'offers offer=urals_primorsk price 70:85:0.5'
    """
    from netback.cli.plan import read_sound

    asked = _sweeps(sweep or [])
    found = read_sound(case, "")
    named = _scenarios(scenarios, [row["scenario"] for row in found.table("scenarios").records])
    from netback.studies.store import Store
    from netback.studies.study import Sweep, grid, solve_study

    made = grid(found, named, [Sweep(*one) for one in asked])
    if len(made.items) < 2:
        alone = f"{case}:{named[0]}" if named and named[0] else case
        hint = f"See it with netback plan {alone}; a study has more scenarios, or a sweep of several values."
        raise DataError(Finding("", "a study of one case is a plan.", hint))
    kept = Store(store, made) if store is not None else None
    known = kept.known if kept is not None else {}
    if known:
        print(f"{counted(len(known), 'case')} of {len(made.items):,} known already.", file=sys.stderr)
    answers = dict(known)
    show = _progress(len(made.items) - len(known))
    started = time.monotonic()

    def done(answer: Answer) -> None:
        if kept is not None:
            kept.add(answer)
        answers[answer.item.key] = answer
        show(len(answers) - len(known))

    try:
        solve_study(made, done, known, jobs, cluster)
    except KeyboardInterrupt:
        where = f" They are in {store}; the same command goes on from there." if store is not None else ""
        solved = counted(len(answers) - len(known), "case")
        print(printable(f"\nStopped after {solved}.{where}"), file=sys.stderr)
        raise typer.Exit(EXIT_INTERRUPTED) from None
    finally:
        if kept is not None:
            kept.close()
    seconds = time.monotonic() - started
    told = [answers[item.key] for item in made.items]
    _show(made, told)
    if len(answers) > len(known) and seconds > 0.0:
        pace = 60.0 * (len(answers) - len(known)) / seconds
        print(f"{counted(len(answers) - len(known), 'case')} in {seconds:.1f} s, {pace:,.0f} a minute.")
    if store is not None:
        print(printable(f"All answers are in {store}."))
    missing = Counter(answer.word for answer in told if not answer.has_plan)
    if missing:
        kinds = ", ".join(f"{count:,} {word}" for word, count in missing.items())
        print(f"{missing.total():,} of {counted(len(told), 'case')} have no plan: {kinds}.", file=sys.stderr)
        raise typer.Exit(EXIT_FINDINGS)


def _scenarios(text: str, known: list[str]) -> list[str | None]:
    """Scenarios by name, None for the case itself; a scenario that is called so comes before the word."""
    if text == "all" and text not in known:
        return [None, *known]
    names = [name.strip() for name in text.split(",") if name.strip()]
    return [None if name == "none" and name not in known else name for name in names] or [None]


def _sweeps(texts: list[str]) -> list[tuple[str, str, str, tuple[float, ...]]]:
    """Table, condition, column and values of every sweep.

    Raises
    ------
    DataError
        If any is malformed, or sweeps the cells of another.
    """
    findings: list[Finding] = []
    made: list[tuple[str, str, str, tuple[float, ...]]] = []
    for text in texts:
        parts = text.split()
        if len(parts) < 4:
            hint = "Write TABLE WHERE COLUMN VALUES, for example 'offers offer=spot price 70:80:1'."
            findings.append(Finding(f'--sweep "{text}"', "a part is missing.", hint))
            continue
        try:
            sweep = (parts[0], " ".join(parts[1:-2]), parts[-2], _values(parts[-1]))
        except CellError as fault:
            findings.append(Finding(f'--sweep "{text}"', fault.what, fault.hint))
            continue
        if any(one[:3] == sweep[:3] for one in made):
            what = "these cells are swept already."
            findings.append(Finding(f'--sweep "{text}"', what, "Put all values into one sweep."))
            continue
        made.append(sweep)
    if findings:
        raise DataError(findings)
    return made


def _values(text: str) -> tuple[float, ...]:
    """The values of a sweep; what is wrong with them is a fault."""
    hint = "Write FROM:TO:STEP or a list such as 70,75,80."
    try:
        if ":" not in text:
            values = tuple(float(part) for part in text.split(","))
            if not all(map(math.isfinite, values)):
                raise CellError(f'"{text}" holds what is no number to reckon with.', hint)
            return values
        first, last, step = (float(part) for part in text.split(":"))
    except ValueError:
        raise CellError(f'"{text}" is not a list of numbers.', hint) from None
    if not step > 0.0:
        raise CellError(f"the step {step:g} is not above zero.", hint)
    if not first <= last:
        raise CellError(f"{first:g} is above {last:g}: the lesser end comes first.", hint)
    if not (last - first) / step < _MOST_VALUES:
        raise CellError(f'"{text}" has more than {_MOST_VALUES:,} values.', hint)
    return tuple(first + step * k for k in range(int((last - first) / step + 1e-9) + 1))


class _Counter:
    """A line on the terminal with what is done and the time left."""

    def __init__(self, total: int) -> None:
        self._total, self._start, self._last = total, time.monotonic(), 0.0

    def __call__(self, done: int) -> None:
        now = time.monotonic()
        if now - self._last < 0.2 and done < self._total:
            return
        self._last = now
        left = (now - self._start) / done * (self._total - done)
        end = "\n" if done == self._total else ""
        print(
            f"\r{done:,} of {self._total:,} cases, {left:.0f} s left   ", end=end, file=sys.stderr, flush=True
        )


def _progress(total: int) -> _Counter | _Silent:
    return _Counter(total) if sys.stderr.isatty() else _Silent()


class _Silent:
    def __call__(self, done: int) -> None:
        pass


def _one_line(text: str) -> str:
    """The limits of a clash stand in lines of their own; in a cell each line is dear."""
    listed = re.sub(r"\n\s*- ", "; ", re.sub(r":\s*\n\s*- ", ": ", text))
    return " ".join(re.sub(r"(?<=[^.:;])\n", ". ", listed).split())


def _show(made: Study, answers: list[Answer]) -> None:
    from netback.cli.show import adaptive, figure, show_table

    heads = ["scenario", *(f"{sweep.where}\n{sweep.column}>" for sweep in made.sweeps), "word", "margin>"]
    rows = []
    for answer in answers[:_MOST_SHOWN]:
        told = {(result, item): value for result, item, _, value in answer.rows}
        margin = told.get(("margin", ""))
        row = [answer.item.scenario or "", *(adaptive(value) for value in answer.item.values), answer.word]
        row.append(figure(margin) if isinstance(margin, float) else "")
        row.append(_one_line(str(told.get(("reason", ""), ""))))
        rows.append(row)
    heads.append("why there is no plan")
    blank = [place for place in (0, len(heads) - 1) if not any(row[place] for row in rows)]
    shown = [place for place in range(len(heads)) if place not in blank]
    show_table(
        f"Margin [{made.case.currency}]",
        [heads[place] for place in shown],
        [[row[place] for place in shown] for row in rows],
    )
    if len(answers) > _MOST_SHOWN:
        print(f"... and {len(answers) - _MOST_SHOWN:,} more; --store keeps them all.")
