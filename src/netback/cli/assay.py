"""``netback assay list | show | cut | blend | compare | import``: look at crudes, cut them and mix them."""

from __future__ import annotations

import functools
import json
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, ParamSpec, TypeVar

import typer

from netback.assay import library
from netback.assay.assay import Assay
from netback.assay.cutting import cut, cut_many
from netback.cli import assay_tables as tables
from netback.cli.common import EXIT_FINDINGS, counted, findings_text, show_error
from netback.errors import DataError, Finding, NetbackError
from netback.io.assay_files import assay_text, is_assay_path, is_sheet_path, read_assay, template

app = typer.Typer(
    name="assay",
    help="Look at crudes, cut them and mix them.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

P = ParamSpec("P")
R = TypeVar("R")
Json = Annotated[bool, typer.Option("--json", help="Print machine-readable JSON instead of tables.")]
Plot = Annotated[Path | None, typer.Option("--plot", help="Draw a figure to this file: .png or .svg.")]
AllowOpen = Annotated[
    bool, typer.Option("--allow-open", help="Accept assay files whose cuts do not add up to the whole.")
]
#: Cut points that make sense: from below the lightest gas to above the end of any residue [C TBP].
_COLDEST_C, _HOTTEST_C = -200.0, 1200.0
At = Annotated[str, typer.Option("--at", help="Cut points in C, for example 180,240,340.")]
#: Cut points [C] of a comparison: naphtha, kerosene, diesel, vacuum gas oil, vacuum residue.
STANDARD_CUTS_C = "80,180,240,340,540"


def _plain_errors(command: Callable[P, R]) -> Callable[P, R]:
    """Print what the user has to repair and end with exit code 2, without a traceback."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except NetbackError as error:
            show_error(error)
            raise typer.Exit(EXIT_FINDINGS) from None

    return run


def _open(name: str, allow_open: bool = False) -> Assay:
    if is_sheet_path(name):
        from netback.io.assay_sheets.reading import read_assay_sheet

        return read_assay_sheet(name, allow_open).assay
    return read_assay(Path(name), allow_open) if is_assay_path(name) else library.load(name)


def _numbers(text: str) -> list[float]:
    hint = "Write them in C, for example 180,240,340."
    try:
        found = [float(part) for part in text.replace(";", ",").split(",") if part.strip()]
    except ValueError:
        raise DataError(Finding("option --at", f'"{text}" is not a list of temperatures.', hint)) from None
    if outside := [value for value in found if not _COLDEST_C <= value <= _HOTTEST_C]:
        told = ", ".join(f"{value:g}" for value in outside)
        what = f"{told} C: no crude is cut below {_COLDEST_C:g} or above {_HOTTEST_C:g} C."
        raise DataError(Finding("option --at", what, hint))
    return found


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(tables.without_nan(value), indent=1, allow_nan=False))


def _check_plot(plot: Path | None) -> None:
    if plot is not None and plot.suffix.casefold() not in (".png", ".svg"):
        what = f'"{plot.name}" is neither a .png nor a .svg file.'
        raise DataError(Finding("option --plot", what, "Name the figure with one of these endings."))


@app.command("list")
@_plain_errors
def list_assays(
    search: Annotated[str, typer.Option("--search", help="Only those that hold these words.")] = "",
    as_json: Json = False,
) -> None:
    """List the assays of the library."""
    found = library.search(search)
    if as_json:
        _print_json([tables.entry_dict(entry) for entry in found])
        return
    if not found:
        hint = "`netback assay list` without --search shows all."
        raise DataError(Finding("option --search", f'no assay holds "{search}".', hint))
    tables.show_list(found)


@app.command("show")
@_plain_errors
def show(name: str, allow_open: AllowOpen = False, plot: Plot = None, as_json: Json = False) -> None:
    """Show one assay: source, closure, properties by cut. NAME is a library name, a CSV file or a sheet (.xlsx)."""
    _check_plot(plot)
    assay = _open(name, allow_open)
    if as_json:
        _print_json(tables.assay_dict(assay))
    else:
        tables.show_assay(assay)
    if plot is not None:
        from netback.plots.assay import draw_boiling_curves

        _drawn(lambda: draw_boiling_curves((assay,), plot), plot, as_json)


@app.command("cut")
@_plain_errors
def cut_assay(
    name: str,
    at: At,
    light_ends: Annotated[bool, typer.Option("--light-ends", help="Give C1-C4 as its own cut.")] = False,
    allow_open: AllowOpen = False,
    plot: Plot = None,
    as_json: Json = False,
) -> None:
    """Cut one crude at any temperatures. NAME is a library name, a CSV file or a sheet (.xlsx)."""
    _check_plot(plot)
    table = cut(_open(name, allow_open), _numbers(at), light_ends=light_ends)
    if as_json:
        _print_json(tables.cut_dict(table))
    else:
        tables.show_cuts(table)
    if plot is not None:
        from netback.plots.assay import draw_yields

        _drawn(lambda: draw_yields((table,), plot), plot, as_json)


@app.command("blend")
@_plain_errors
def blend(
    recipe: Annotated[str, typer.Argument(help="Crudes and amounts, for example urals=0.5,murban=0.5.")],
    by: Annotated[str, typer.Option("--by", help="What the amounts are: volume or mass.")] = "volume",
    at: Annotated[str, typer.Option("--at", help="Cut the blend at these temperatures in C.")] = "",
    out: Annotated[Path | None, typer.Option("--out", help="Write the blend as an assay file.")] = None,
    allow_open: AllowOpen = False,
    plot: Plot = None,
    as_json: Json = False,
) -> None:
    """Blend whole crudes and show the blend as an assay, or cut it."""
    from netback.assay.whole_crude import blend_assays

    _check_plot(plot)
    basis, parts = _basis(by), _recipe(recipe)
    mixed = blend_assays([(_open(name, allow_open), amount) for name, amount in parts], basis)
    total = math.fsum(amount for _, amount in parts)
    if not any(math.isclose(total, whole, rel_tol=1e-9) for whole in (1.0, 100.0)):
        print(f"The amounts add up to {total:.6g}: each is taken as its part of that.", file=sys.stderr)
    table = cut(mixed, _numbers(at)) if at else None
    if as_json:
        _print_json(tables.cut_dict(table) if table else tables.assay_dict(mixed))
    elif table:
        tables.show_cuts(table)
    else:
        tables.show_assay(mixed)
    if out is not None:
        from netback.io.atomic import write_files

        write_files(out.parent, {out.name: assay_text(mixed)})
    if plot is not None:
        from netback.plots.assay import draw_boiling_curves, draw_yields

        figure = (
            (lambda: draw_yields((table,), plot)) if table else lambda: draw_boiling_curves((mixed,), plot)
        )
        _drawn(figure, plot, as_json)


def _basis(text: str) -> Literal["mass", "volume"]:
    if text == "mass":
        return "mass"
    if text == "volume":
        return "volume"
    raise DataError(Finding("option --by", f'"{text}" is no basis.', "Known: volume, mass."))


def _recipe(text: str) -> list[tuple[str, float]]:
    findings: list[Finding] = []
    found: list[tuple[str, float]] = []
    for part in text.split(","):
        name, sign, amount = part.partition("=")
        try:
            value = float(amount)
        except ValueError:
            value = math.nan
        if not sign or not name.strip() or not math.isfinite(value):
            hint = "Write crude=amount, for example urals=0.5,murban=0.5."
            findings.append(Finding("recipe", f'"{part}" is not a crude with its amount.', hint))
        elif name.strip() in dict(found):
            findings.append(Finding("recipe", f'"{name.strip()}" is given twice.', "Add the amounts up."))
        found.append((name.strip(), value))
    if findings:
        raise DataError(findings)
    return found


@app.command("compare")
@_plain_errors
def compare(
    names: Annotated[list[str], typer.Argument(help="Two to four crudes or CSV files.")],
    at: At = STANDARD_CUTS_C,
    allow_open: AllowOpen = False,
    plot: Plot = None,
    as_json: Json = False,
) -> None:
    """Compare crudes cut at the same temperatures; differences are against the first."""
    _check_plot(plot)
    if not 2 <= len(names) <= 4:
        raise DataError(Finding("compare", f"{len(names)} named.", "Name two to four crudes."))
    cuts = cut_many([_open(name, allow_open) for name in names], _numbers(at))
    if as_json:
        _print_json([tables.cut_dict(table) for table in cuts])
    else:
        tables.show_comparison(cuts)
    if plot is not None:
        from netback.plots.assay import draw_comparison

        _drawn(lambda: draw_comparison(cuts, plot), plot, as_json)


@app.command("import")
@_plain_errors
def import_sheet(
    sheet: Annotated[Path, typer.Argument(metavar="SHEET.xlsx", help="Sheet as its seller publishes it.")],
    out: Annotated[Path, typer.Argument(metavar="FILE.csv", help="Assay file to write.")],
    allow_open: AllowOpen = False,
    layout: Annotated[
        Path | None,
        typer.Option(metavar="LAYOUT.csv", help="Where things stand in a sheet of another seller."),
    ] = None,
) -> None:
    """Read the assay sheet of a seller into an assay file, and list what was not read.

    Sheets of ExxonMobil, Equinor and BP are known by their words; for others tell the layout: docs/import.md.
    """
    from netback.io.assay_sheets.reading import read_assay_sheet
    from netback.io.atomic import write_files

    if out.suffix.casefold() != ".csv":
        raise DataError(Finding(str(out), "the name does not end in .csv.", "Write CRUDE.csv."))
    if out.exists():
        raise DataError(Finding(str(out), "the file exists and is not overwritten.", "Name another."))
    found = read_assay_sheet(sheet, allow_open, layout)
    write_files(out.parent, {out.name: assay_text(found.assay)})
    if found.unread:
        typer.echo(findings_text(found.unread, f"assay sheet {sheet.name}"))
    cuts = counted(len(found.assay.cut_names), "cut")
    typer.echo(f"Wrote {out}: {found.assay.title}, {cuts}, layout {found.layout}.")
    typer.echo(f"Not read: {counted(len(found.unread), 'thing')}. Next: netback assay show {out}")


@app.command("template")
@_plain_errors
def print_template() -> None:
    """Print an empty assay file to fill in."""
    typer.echo(template(), nl=False)


def _drawn(draw: Callable[[], None], plot: Path, quiet: bool) -> None:
    try:
        draw()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DataError(
            Finding(str(plot), f"the figure cannot be written: {reason}.", "Check the folder.")
        ) from None
    if not quiet:
        typer.echo(f"Figure written to {plot}.")
