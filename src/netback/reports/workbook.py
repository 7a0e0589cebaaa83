"""One plan, or several side by side, as a workbook for the monthly meeting.

Sheets: a summary with the certificate and the figures, for many periods a row for each thing and a column for each
period, every result table with its uom under the heading, cases side
by side with the inputs that differ, what is assumed with its range, and who said what. Numbers stay numbers, with all
their digits; only their look is rounded.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from netback.case.case import Case
from netback.plots.style import BLUE, Drawn
from netback.reports.page import uom_of
from netback.results.by_period import by_period, has_many_periods
from netback.results.compare import changed_inputs, side_by_side
from netback.results.pivot import Pivot
from netback.results.solution import Solution
from netback.results.table import ResultTable

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

_PLAIN, _FAINT = "#FFFFFF", "#555555"
_FIGURE_SCALE = 0.6
_FIGURE_ROWS = 32
_MOST_WIDTH = 48.0
#: A spreadsheet cell holds no more.
_MOST_TEXT = 32_767


def result_workbook(
    solutions: Sequence[Solution], cases: Sequence[Case], figures: Mapping[str, Drawn] | None = None
) -> bytes:
    """The workbook of solved plans as bytes.

    Parameters
    ----------
    solutions
        The plans; the tables are those of the first.
    cases
        Their cases, in the same order.
    figures
        Figures of the first plan, by name.
    """
    from xlsxwriter import Workbook

    memory = io.BytesIO()
    with Workbook(
        memory, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        styles = _styles(book)
        _summary(book.add_worksheet("summary"), solutions[0], figures or {}, styles)
        if len(solutions) > 1:
            _table(book.add_worksheet("side by side"), side_by_side(solutions), styles)
            _table(book.add_worksheet("inputs that differ"), changed_inputs(cases), styles)
        if has_many_periods(solutions[0]):
            _pivots(book.add_worksheet("by period"), by_period(solutions[0]).values(), styles)
        for name, table in solutions[0].tables.items():
            if len(table):
                _table(book.add_worksheet(_sheet_name(name)), table, styles)
        for sheet in book.worksheets():
            sheet.set_landscape()
            sheet.set_paper(9)
            sheet.fit_to_pages(1, 0)
    return memory.getvalue()


def _sheet_name(name: str) -> str:
    return re.sub(r"[\[\]:*?/\\]", " ", name.replace("_", " "))[:31]


def _styles(book: Workbook) -> dict[str, Format]:
    made = {
        "title": {"bold": True, "font_size": 15},
        "head": {"bold": True, "font_color": _PLAIN, "bg_color": BLUE, "text_wrap": True, "valign": "top"},
        "uom": {"italic": True, "font_color": _FAINT},
        "label": {"font_color": _FAINT},
        "big": {"bold": True, "num_format": "#,##0", "align": "left"},
        "fine": {"bold": True, "num_format": "#,##0.00", "align": "left"},
        "text": {},
        "wrapped": {"text_wrap": True, "valign": "top"},
        "whole": {"num_format": "#,##0"},
        "two": {"num_format": "#,##0.00"},
        "four": {"num_format": "0.0000"},
        "binds": {"bold": True, "font_color": "#D55E00"},
    }
    return {name: book.add_format(properties) for name, properties in made.items()}


def _summary(
    sheet: Worksheet, solution: Solution, figures: Mapping[str, Drawn], styles: Mapping[str, Format]
) -> None:
    found, certificate = solution.economics, solution.certificate
    scenario = f", scenario {solution.scenario}" if solution.scenario else ""
    sheet.write_string(0, 0, f"{solution.title}{scenario}", styles["title"])
    periods = solution.facts["periods"]
    facts: list[tuple[str, Any, str]] = [
        ("Periods", periods[0] if len(periods) == 1 else f"{periods[0]} to {periods[-1]}", "text"),
        (f"Gross margin [{solution.currency}]", found.margin, "big"),
    ]
    if found.crude:
        per = f"Gross margin [{solution.currency}/{found.crude_uom}]"
        facts += [
            (per, found.margin / found.crude, "fine"),
            (f"Crude run [{found.crude_uom}]", found.crude, "big"),
        ]
    if found.penalties > 1e-6:
        facts.append((f"Breakers used: penalties [{solution.currency}]", found.penalties, "big"))
    facts += [
        ("Answer", certificate.word, "text"),
        (f"Value of the plan [{solution.currency}]", certificate.value, "big"),
        (f"Bound [{solution.currency}]", "none" if certificate.bound is None else certificate.bound, "big"),
        ("Bound by", certificate.bound_by or "no bound", "text"),
        ("Gap", "not known" if certificate.gap is None else f"{certificate.gap:.1e}", "text"),
        ("Worst relative residual", f"{certificate.residuals.worst_primal[0]:.1e}", "text"),
        ("Form", str(solution.facts["form"]), "text"),
        ("Netback", str(solution.facts["netback"]), "text"),
    ]
    for row, (label, value, style) in enumerate(facts, start=2):
        sheet.write_string(row, 0, label, styles["label"])
        if isinstance(value, str):
            sheet.write_string(row, 1, value, styles[style])
        else:
            sheet.write_number(row, 1, value, styles[style])
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 24)
    row = len(facts) + 4
    for name, figure in figures.items():
        sheet.insert_image(
            row, 0, f"{name}.png",
            {"image_data": io.BytesIO(figure.png), "x_scale": _FIGURE_SCALE, "y_scale": _FIGURE_SCALE,
             "description": figure.caption},
        )  # fmt: skip
        row += _FIGURE_ROWS


def _table(sheet: Worksheet, table: ResultTable, styles: Mapping[str, Format]) -> None:
    """A title, headings with uom below, rows; columns that say nothing are hidden rather than left out."""
    sheet.write_string(0, 0, table.title, styles["title"])
    for place, column in enumerate(table.columns):
        sheet.write_string(2, place, column.name.replace("_", " "), styles["head"])
        uom = uom_of(table, place)
        sheet.write_string(3, place, f"[{uom}]" if uom else "", styles["uom"])
        if column.meaning:
            sheet.write_comment(2, place, column.meaning)
    for row, cells in enumerate(table.rows, start=4):
        for place, value in enumerate(cells):
            _cell(sheet, row, place, value, styles)
    for place, column in enumerate(table.columns):
        values = [row[place] for row in table.rows]
        width = min(
            _MOST_WIDTH, max([len(column.name) + 2.0, 9.0, *(_width(value) for value in values[:300])])
        )
        empty = bool(values) and all(value is None or value == "" for value in values)
        sheet.set_column(place, place, width, None, {"hidden": empty})
    sheet.freeze_panes(4, min(2, len(table.columns)))
    if table.rows:
        sheet.autofilter(2, 0, 3 + len(table.rows), len(table.columns) - 1)


def _pivots(sheet: Worksheet, pivots: Iterable[Pivot], styles: Mapping[str, Format]) -> None:
    """Purchases, sales, runs, qualities: a row for each thing, a column for each period, one below the other."""
    row = 0
    for pivot in pivots:
        if not pivot.rows:
            continue
        sheet.write_string(row, 0, pivot.heading, styles["title"])
        heads = (*pivot.heads, "uom", *((pivot.whole,) if pivot.whole else ()), *pivot.periods)
        for place, head in enumerate(heads):
            sheet.write_string(row + 1, place, head.rstrip(">"), styles["head"])
        for at, one in enumerate(pivot.rows, start=row + 2):
            whole = (one.whole,) if pivot.whole else ()
            for place, value in enumerate((*one.labels, one.uom, *whole, *one.values)):
                _cell(sheet, at, place, value, styles)
        row += len(pivot.rows) + 2
        for note in pivot.notes:
            sheet.write_string(row, 0, note, styles["label"])
            row += 1
        row += 1
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 40, 12)
    sheet.freeze_panes(0, 1)


def _cell(sheet: Worksheet, row: int, place: int, value: Any, styles: Mapping[str, Format]) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_string(row, place, "yes" if value else "no", styles["binds" if value else "text"])
    elif isinstance(value, int | float):
        size = abs(value)
        style = "whole" if size >= 1000 or float(value).is_integer() else "two" if size >= 1 else "four"
        sheet.write_number(row, place, value, styles[style])
    else:
        text = str(value)[:_MOST_TEXT]
        sheet.write_string(row, place, text, styles["wrapped" if len(text) > _MOST_WIDTH else "text"])


def _width(value: Any) -> float:
    return float(len(f"{value:,.2f}") if isinstance(value, float) else len(str(value))) + 1.0
