"""One plan as one self-contained HTML page: certificate, figures, tables; no script, nothing fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from netback.plots.style import Drawn
from netback.results.by_period import by_period, has_many_periods
from netback.results.horizon import balance_sums, binding_limits
from netback.results.pivot import Pivot
from netback.results.solution import Solution
from netback.results.table import ResultTable

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; max-width: 68rem; margin: 2rem auto; padding: 0 1rem; color: #1b1b1b; }
h1 { font-size: 1.5rem; margin-bottom: .2rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
.key { display: flex; flex-wrap: wrap; gap: 1rem; margin: 1rem 0; }
.key div { border-left: 4px solid #0072B2; padding: .3rem .8rem; background: #f4f7fa; }
.key b { display: block; font-size: 1.25rem; }
figure { margin: 1.2rem 0; } figure svg { max-width: 100%; height: auto; }
figcaption, .note { color: #555; font-size: .88rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: .86rem; }
th, td { padding: .18rem .6rem; border-bottom: 1px solid #ddd; text-align: left; vertical-align: top; }
th { vertical-align: bottom; } th i { display: block; font-weight: normal; font-style: normal; color: #555; }
td, th { white-space: nowrap; } .facts td { white-space: normal; overflow-wrap: anywhere; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; } th { background: #f4f7fa; }
.pivot td:first-child, .pivot th:first-child { position: sticky; left: 0; background: #fff; }
.pivot th:first-child { background: #f4f7fa; } .group td:first-child, .all td { font-weight: 600; }
.pivot td, .pivot th { padding: .15rem .45rem; }
details { margin: .6rem 0; } summary { cursor: pointer; font-weight: 600; }
"""
_NUMBER = ' class="n"'


def page(solution: Solution, figures: Mapping[str, Drawn]) -> str:
    """The page as text; figures stand in it as SVG."""
    scenario = f", scenario {solution.scenario}" if solution.scenario else ""
    title = f"{solution.title}{scenario}"
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{escape(title)}</h1>",
        f'<p class="note">{escape(str(solution.facts["form"]))}.</p>',
        _key_figures(solution),
        "<h2>Figures</h2>",
        *(figure_html(name, figure) for name, figure in figures.items()),
        *_over_the_horizon(solution),
        "<h2>Tables</h2>",
        *(
            _table(table, opened=name in ("purchases", "sales") and not has_many_periods(solution))
            for name, table in solution.tables.items()
            if len(table)
        ),
        "<h2>Certificate and settings</h2>",
        _pairs(_flat({**solution.certificate.to_dict(), **solution.facts})),
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def _key_figures(solution: Solution) -> str:
    found, certificate = solution.economics, solution.certificate
    cells = [("Gross margin", f"{found.margin:,.0f} {solution.currency}")]
    if found.crude:
        cells.append(
            ("Per crude run", f"{found.margin / found.crude:,.2f} {solution.currency}/{found.crude_uom}")
        )
        cells.append(("Crude run", f"{found.crude:,.0f} {found.crude_uom}"))
    if found.penalties > 1e-6:
        cells.append(("Limits are broken: penalties", f"{found.penalties:,.0f} {solution.currency}"))
    gap = "unknown" if certificate.gap is None else f"{certificate.gap:.1e}"
    cells.append((f"{certificate.word}, gap", gap))
    return (
        '<div class="key">'
        + "".join(f"<div>{escape(k)}<b>{escape(v)}</b></div>" for k, v in cells)
        + "</div>"
    )


def figure_html(name: str, figure: Drawn) -> str:
    """A figure as SVG in the page; ``name`` keeps its ids apart from those of others."""
    svg = figure.svg.decode("utf-8")
    svg = svg[svg.index("<svg") :]
    # Two figures in one page must not share element ids, or one would draw with the other's glyphs.
    svg = re.sub(r'id="([^"]+)"', rf'id="{name}-\1"', svg)
    svg = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", svg)
    svg = re.sub(r'xlink:href="#([^"]+)"', rf'xlink:href="#{name}-\1"', svg)
    svg = svg.replace("<svg", f'<svg role="img" aria-label="{escape(figure.title)}"', 1)
    return f"<figure>{svg}<figcaption>{escape(figure.caption)}</figcaption></figure>"


def _over_the_horizon(solution: Solution) -> Iterator[str]:
    """For a plan of many periods a row for each thing and a column for each period, as in the terminal."""
    if not has_many_periods(solution):
        return
    yield "<h2>By period</h2>"
    yield '<p class="note">A dash is nothing; a blank does not apply or is not known.</p>'
    for pivot in by_period(solution).values():
        yield _pivot(pivot)
    yield "<h2>Over all periods</h2>"
    for table in (binding_limits(solution), balance_sums(solution)):
        if len(table):
            yield _table(table, opened=True)


def _pivot(pivot: Pivot) -> str:
    """One pivot with its notes; the names stay in sight while the periods are scrolled."""
    notes = "".join(f'<p class="note">{escape(note)}</p>' for note in pivot.notes)
    if not pivot.rows:
        return notes
    heads = pivot.headings()
    right = [head.endswith(">") for head in heads]
    shown = "".join(
        f"<th{_NUMBER if aside else ''}>{escape(head.rstrip('>'))}</th>"
        for head, aside in zip(heads, right, strict=True)
    )
    rows = []
    for line in pivot.lines():
        cells = (
            f"<td{_NUMBER if aside else ''}>{escape(cell.strip())}</td>"
            for cell, aside in zip(line, right, strict=True)
        )
        kind = ' class="group"' if pivot.grouped and not line[0].startswith(" ") else ""
        kind = ' class="all"' if line[0] == "all" else kind
        rows.append(f"<tr{kind}>{''.join(cells)}</tr>")
    body = f'<div class="scroll"><table class="pivot"><tr>{shown}</tr>{"".join(rows)}</table></div>'
    return f"<details open><summary>{escape(pivot.heading)}</summary>{body}{notes}</details>"


def _table(table: ResultTable, opened: bool) -> str:
    # A column without a single value tells nothing; the CSV has it.
    told = [place for place in range(len(table.columns)) if any(row[place] is not None for row in table.rows)]
    heads = []
    for place in told:
        column = table.columns[place]
        uom = f"<i>[{escape(column.uom)}]</i>" if column.uom and column.uom != "row" else ""
        number = ' class="n"' if _is_number(table, place) else ""
        name = escape(column.name.replace("_", " "))
        heads.append(f'<th{number} title="{escape(column.meaning)}">{name}{uom}</th>')
    rows = ["<tr>" + "".join(_cell(row[place]) for place in told) + "</tr>" for row in table.rows]
    body = f'<div class="scroll"><table><tr>{"".join(heads)}</tr>{"".join(rows)}</table></div>'
    state = " open" if opened else ""
    return f"<details{state}><summary>{escape(table.title)} ({len(table)})</summary>{body}</details>"


def _is_number(table: ResultTable, place: int) -> bool:
    return any(isinstance(row[place], float | int) and not isinstance(row[place], bool) for row in table.rows)


def _cell(value: Any) -> str:
    if value is None:
        return "<td></td>"
    if isinstance(value, bool):
        return f"<td>{'yes' if value else 'no'}</td>"
    if isinstance(value, float | int):
        return f'<td class="n">{value:,.6g}</td>' if abs(value) < 1e6 else f'<td class="n">{value:,.0f}</td>'
    return f"<td>{escape(str(value))}</td>"


def _flat(facts: Mapping[str, Any], before: str = "") -> dict[str, str]:
    """Facts within facts told line by line; those without a value are left out."""
    found: dict[str, str] = {}
    for name, value in facts.items():
        label = f"{before}{name}".replace("_", " ")
        if isinstance(value, Mapping):
            found |= _flat(value, f"{label}: ")
        elif isinstance(value, list | tuple):
            found[label] = ", ".join(map(str, value))
        elif value not in (None, ""):
            found[label] = str(value)
    return found


def _pairs(facts: Mapping[str, Any]) -> str:
    rows = "".join(f"<tr><th>{escape(str(k))}</th><td>{escape(str(v))}</td></tr>" for k, v in facts.items())
    return f'<div class="scroll"><table class="facts">{rows}</table></div>'
