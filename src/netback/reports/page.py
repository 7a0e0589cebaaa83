"""One plan as one self-contained HTML page: certificate, figures, tables; no script, nothing fetched."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

from netback.plots.style import Drawn
from netback.results.by_period import by_period, has_many_periods
from netback.results.horizon import balance_sums, binding_limits
from netback.results.pivot import Pivot
from netback.results.solution import Solution
from netback.results.table import ResultTable
from netback.results.told import certificate_text

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; max-width: 78rem; margin: 2rem auto; padding: 0 1rem; color: #1b1b1b; }
h1 { font-size: 1.5rem; margin-bottom: .2rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
.key { display: flex; flex-wrap: wrap; gap: 1rem; margin: 1rem 0; }
.key div { border-left: 4px solid #0072B2; padding: .3rem .8rem; background: #f4f7fa; }
.key b { display: block; font-size: 1.25rem; }
figure { margin: 1.2rem 0; } figure svg { max-width: 100%; height: auto; }
figcaption, .note { color: #555; font-size: .88rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: .86rem; }
th, td { padding: .18rem .38rem; border-bottom: 1px solid #ddd; text-align: left; vertical-align: top; }
th { vertical-align: bottom; } th i { display: block; font-weight: normal; font-style: normal; color: #555; }
td { white-space: nowrap; } .facts td { white-space: normal; overflow-wrap: anywhere; }
td.w { white-space: normal; } td.l { white-space: normal; min-width: 11rem; overflow-wrap: anywhere; }
.broad { font-size: .7rem; } .broad th, .broad td { padding: .15rem; } .broad th { font-size: .66rem; }
.broad td.l { min-width: 6.5rem; } .broad td.d { white-space: normal; }
.facts th { vertical-align: top; white-space: nowrap; } details .note { margin: .3rem 0; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; } th { background: #f4f7fa; }
.pivot td:first-child, .pivot th:first-child { position: sticky; left: 0; background: #fff; }
.pivot th:first-child { background: #f4f7fa; } .group td:first-child, .all td { font-weight: 600; }
.pivot td, .pivot th { padding: .15rem .32rem; white-space: nowrap; }
details { margin: .6rem 0; } summary { cursor: pointer; font-weight: 600; }
"""
#: On a telephone figures keep a size at which their words can be read, and are moved sideways.
NARROW = """
@media (max-width: 44rem) { figure svg { width: 52rem; max-width: none; height: auto; } }
"""
#: The browser itself refuses what the page must not do: fetch anything, run anything.
POLICY = (
    '<meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">"
)
#: Tables that stand open where there are few periods.
_OPENED = ("purchases", "sales", "qualities", "limits")
#: Digits that the greatest number of a column shows at least.
_DIGITS = 4
#: A number below this is rounding of zero where no uom says how fine the others are.
_NOTHING = 1e-9
#: How a uom ends that differs by row.
_BY_ROW = " per its uom"
_NUMBER = ' class="n"'
_SMALL = ' class="broad"'
_BREAKS = re.compile(r"(?<=[_@;])(?=.)")
#: Texts of so many letters may stand in several lines, those of so many in a broad column.
_LONG, _LONGEST = 8, 48
#: Tables of more columns are set small, and their days may stand in two lines, so that no screen moves them sideways.
_BROAD = 12
_DAY = re.compile(r"\d{4}-\d\d(-\d\d)?")


def page(solution: Solution, figures: Mapping[str, Drawn]) -> str:
    """The page as text; figures stand in it as SVG."""
    scenario = f", scenario {solution.scenario}" if solution.scenario else ""
    title = f"{solution.title}{scenario}"
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        POLICY,
        f"<title>{escape(title)}</title><style>{_STYLE}{NARROW}</style></head><body>",
        f"<h1>{escape(title)}</h1>",
        f'<p class="note">{escape(_proof(solution))}</p>',
        _key_figures(solution),
        "<h2>Figures</h2>",
        *(figure_html(name, figure) for name, figure in figures.items()),
        *_over_the_horizon(solution),
        "<h2>Tables</h2>",
        *(
            _table(table, opened=name in _OPENED and not has_many_periods(solution))
            for name, table in solution.tables.items()
            if len(table)
        ),
        "<h2>Certificate and settings</h2>",
        _certificate(solution),
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def _proof(solution: Solution) -> str:
    """What is proven, how it was checked, and what kind of plan it is."""
    form = str(solution.facts["form"])
    return f"{' '.join(certificate_text(solution).splitlines())} Form: {form}."


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
    caption = escape(figure.caption)
    return f'<figure><div class="scroll">{svg}</div><figcaption>{caption}</figcaption></figure>'


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
    told = [place for place in _in_order(table) if any(row[place] is not None for row in table.rows)]
    same = {place: table.rows[0][place] for place in told if _is_told_once(table, place)}
    told = [place for place in told if place not in same]
    broad = len(told) > _BROAD
    twins = _twins(table, told) if broad else {}
    told = [place for place in told if place not in twins]
    # Where the uom of the rows is told once, it stands with the numbers.
    shared = next((value for place, value in same.items() if table.columns[place].name == "uom"), "")
    heads = []
    for place in told:
        column = table.columns[place]
        told_uom = shared if column.uom == "row" else uom_of(table, place)
        uom = f"<i>[{escape(told_uom)}]</i>" if told_uom else ""
        number = ' class="n"' if _is_number(table, place) else ""
        name = escape(_named(table, place))
        heads.append(f'<th{number} title="{escape(column.meaning)}">{name}{uom}</th>')
    decimals = {place: _shared_decimals(table, place) for place in told}
    kinds = {place: _text_kind(table, place, broad) for place in told}
    rows = [
        "<tr>" + "".join(_cell(row[place], decimals[place], kinds[place]) for place in told) + "</tr>"
        for row in table.rows
    ]
    once = [f"{_named(table, place)} {value}" for place, value in same.items()]
    once += [f"{_named(table, place)} as {_named(table, first)}" for place, first in twins.items()]
    note = f'<p class="note">In every row: {escape(", ".join(once))}.</p>' if once else ""
    body = f'<div class="scroll"><table{_SMALL if broad else ""}><tr>{"".join(heads)}</tr>{"".join(rows)}</table></div>'
    state = " open" if opened else ""
    return f"<details{state}><summary>{escape(table.title)} ({len(table)})</summary>{note}{body}</details>"


def _is_told_once(table: ResultTable, place: int) -> bool:
    """Whether a column of names has the same one in each of several rows: it is told above the table."""
    names = {row[place] for row in table.rows}
    return len(table) > 1 and len(names) == 1 and isinstance(next(iter(names)), str)


def _twins(table: ResultTable, told: list[int]) -> dict[int, int]:
    """Columns of numbers that have those of an earlier one of the same uom in each of several rows, by place."""
    found: dict[int, int] = {}
    if len(table) < 2:
        return found
    for at, place in enumerate(told):
        earlier = (
            first
            for first in told[:at]
            if first not in found
            and table.columns[first].uom == table.columns[place].uom
            and all(row[first] == row[place] for row in table.rows)
        )
        first = next(earlier, None) if _is_number(table, place) else None
        if first is not None:
            found[place] = first
    return found


def _named(table: ResultTable, place: int) -> str:
    """Name of a column in words."""
    return table.columns[place].name.replace("_", " ")


def _text_kind(table: ResultTable, place: int, broad: bool = False) -> str:
    """Class of the cells of a column of texts: whether they may stand in several lines, as no number does.

    A day stays in one line, but in a broad table its month may stand under its year.
    """
    texts = [row[place] for row in table.rows if isinstance(row[place], str)]
    if broad and texts and all(map(_DAY.fullmatch, texts)):
        return "d"
    longest = max(map(len, texts), default=0)
    if longest > _LONGEST:
        return "l"
    return "w" if longest > _LONG and any(mark in text for text in texts for mark in "_ ;@") else ""


def _is_number(table: ResultTable, place: int) -> bool:
    return any(isinstance(row[place], float | int) and not isinstance(row[place], bool) for row in table.rows)


def _in_order(table: ResultTable) -> list[int]:
    """Columns as they are, but one that tells the uom of others stands before the first of them."""
    order = list(range(len(table.columns)))
    for name in dict.fromkeys(column.uom.partition("/")[2] for column in table.columns):
        if name in table.names:
            first = next(at for at in order if table.columns[at].uom.partition("/")[2] == name)
            place = table.names.index(name)
            if order.index(place) > order.index(first):
                order.remove(place)
                order.insert(order.index(first), place)
    return order


def uom_of(table: ResultTable, place: int) -> str:
    """The uom of a column; one that another column names row by row is told where all rows have the same."""
    uom = table.columns[place].uom
    whole, slash, per = uom.partition("/")
    if uom == "row" or not slash or per not in table.names:
        return "" if uom == "row" else uom
    at = table.names.index(per)
    found = {row[at] for row in table.rows if row[place] is not None and row[at]}
    return f"{whole}/{found.pop()}" if len(found) == 1 else f"{whole}{_BY_ROW}"


def _shared_decimals(table: ResultTable, place: int) -> int | None:
    """Decimals of a column of one uom; None where rows differ in uom, and each number has its own."""
    uom = uom_of(table, place)
    return _decimals(row[place] for row in table.rows) if uom and not uom.endswith(_BY_ROW) else None


def _decimals(values: Iterable[Any]) -> int:
    """Decimals with which the greatest number has at least four digits; whole numbers have none."""
    numbers = [abs(v) for v in values if isinstance(v, float | int) and not isinstance(v, bool)]
    numbers = [number for number in numbers if math.isfinite(number)]
    if all(number == int(number) for number in numbers):
        return 0
    return max(0, _DIGITS - 1 - math.floor(math.log10(max(numbers))))


def _cell(value: Any, decimals: int | None, kind: str = "") -> str:
    if value is None:
        return "<td></td>"
    if isinstance(value, bool):
        return f"<td>{'yes' if value else 'no'}</td>"
    if isinstance(value, float | int):
        value = 0.0 if decimals is None and abs(value) < _NOTHING else value
        shown = f"{value:,.{_decimals([value]) if decimals is None else decimals}f}"
        # A number far smaller than the greatest of its column is not told as nothing.
        small = bool(value) and not any(digit in "123456789" for digit in shown)
        return f'<td class="n">{f"{value:.2g}" if small else shown}</td>'
    text = str(value)
    if kind == "d":
        return f'<td class="d">{text[:5]}<wbr>{text[5:]}</td>'
    # Names are written with underlines, lists without spaces: a long one may go on in the next line after each.
    return (
        f'<td class="{kind}">{"<wbr>".join(map(escape, _BREAKS.split(text)))}</td>'
        if kind
        else f"<td>{escape(text)}</td>"
    )


def _certificate(solution: Solution) -> str:
    """The certificate and the settings as lines of names and values, numbers rounded."""
    facts = {**solution.certificate.to_dict(), **solution.facts}
    uoms = {"value": solution.currency, "bound": solution.currency}
    told = {f"{name} [{uoms[name]}]" if name in uoms else name: text for name, text in _flat(facts).items()}
    note = "Numbers are rounded here; solution.json has them with all their digits."
    return f'<p class="note">{note}</p>{_pairs(told)}'


def _flat(facts: Mapping[str, Any], before: str = "") -> dict[str, str]:
    """Facts within facts told line by line; those without a value are left out."""
    found: dict[str, str] = {}
    for name, value in facts.items():
        label = f"{before}{name}".replace("_", " ")
        if isinstance(value, Mapping):
            found |= _flat(value, f"{label}: ")
        elif isinstance(value, list | tuple) and value:
            found[label] = ", ".join(map(str, value))
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found[label] = _rounded(value)
        elif value not in (None, "", [], ()):
            found[label] = str(value)
    return found


def _rounded(value: float) -> str:
    """A number with separators and the digits that its size deserves; one that is next to nothing as a power of ten."""
    size = abs(value)
    if size >= 1e15 or 0.0 < size < 1e-3:
        return f"{value:.2g}"
    if float(value).is_integer() or size >= 1000.0:
        return f"{value:,.0f}"
    return f"{value:,.4g}"


def _pairs(facts: Mapping[str, str]) -> str:
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{'<br>'.join(map(escape, text.splitlines()))}</td></tr>"
        for name, text in facts.items()
    )
    return f'<div class="scroll"><table class="facts">{rows}</table></div>'
