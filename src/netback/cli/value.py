"""``netback value``: what a crude is worth by volume, how wide that number is, and which input decides it."""

from __future__ import annotations

import json
import math
import re
import sys
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netback.cli.common import WIDTH, finite, printable
from netback.cli.options import AsJson, CaseOrWorkbook, Force, Jobs, OutFolder, Seed
from netback.errors import DataError, Finding

if TYPE_CHECKING:
    from netback.case.case import Case
    from netback.studies.spread import Spread, Swing
    from netback.studies.value import Curve

_VOLUME = re.compile(
    r"([0-9.]+(?:[eE][+-]?[0-9]+)?)(?::([0-9.]+(?:[eE][+-]?[0-9]+)?))?(?::([0-9]+))?\s*([A-Za-z0-9]*)"
)
_STEPS, _MOST_STEPS = 4, 1_000
_MOST_SHOWN = 12


def value(
    case: CaseOrWorkbook,
    crude: Annotated[str, typer.Option(help="Stream or offer to value.")],
    scenario: Annotated[str, typer.Option(help="Value it in the case as this scenario changes it.")] = "",
    volume: Annotated[
        str,
        typer.Option(
            help="Volumes: 50kt, 0:200kt, or 0:200kt with steps as 0:200:8kt. Default: all it takes."
        ),
    ] = "",
    samples: Annotated[int, typer.Option(min=0, help="Samples of all uncertain inputs for the spread.")] = 0,
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Rank uncertain inputs by money at stake times doubt in the source."),
    ] = False,
    flip: Annotated[
        list[str] | None,
        typer.Option(
            metavar="'TABLE WHERE COLUMN'",
            help="Over several months: at what value of these numbers a verdict turns, "
            "'sales sale=furnace_oil_export price'.",
        ),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="With --out over several months: leave out ranges and samples.")
    ] = False,
    alone: Annotated[
        bool,
        typer.Option("--alone", help="Over several months: none of the crude is chosen in other months."),
    ] = False,
    gap: Annotated[
        float | None,
        typer.Option(
            min=0.0, max=0.1, callback=finite, help="Relative gap of plans with ships; 1e-5 unless told."
        ),
    ] = None,
    seed: Seed = 0,
    jobs: Jobs = None,
    out: OutFolder = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Tell at what price to buy a crude: by volume, as an interval, and what the number hangs on.

    Over several months, or with ships: month by month, one cargo each, and whether lifting it pays.
    """
    from netback.cli.plan import check_targets, read_sound

    check_targets(out, force)
    found = read_sound(case, scenario)
    from netback.cli.lifting import Wanted, is_by_period, value_by_period

    if is_by_period(found):
        flips = tuple(flip or ())
        value_by_period(
            found,
            Wanted(crude, volume, samples, verify, flips, seed, jobs, gap, out, quick, alone, as_json),
        )
        return
    if flip or quick or alone or gap is not None:
        what = "--flip, --quick, --alone and --gap are for cases of several months or with ships."
        raise DataError(Finding("", what, "Leave them out, or use --verify."), found.subject)
    from netback.studies.value import curve as curve_of

    first = curve_of(found, crude)
    wanted = _within(volumes(volume, first), first)
    curve = curve_of(found, crude, wanted) if wanted else first
    chosen = wanted or _spaced(first)
    spread = _spread(found, crude, chosen, samples, seed, jobs) if samples else None
    if samples:
        curve = curve_of(found, crude, chosen)
    swings = _swings(found, crude, curve, max(chosen), jobs) if verify else ()
    if as_json:
        print(_json(found, curve, spread, swings))
    else:
        _show(found, curve, spread, swings, max(chosen))
    if out is not None:
        names = _write(found, curve, spread, swings, out)
        print(printable(f"Written to {out}: {', '.join(names)}"), file=sys.stderr if as_json else sys.stdout)


def volumes(text: str, curve: Curve) -> list[float]:
    """Volumes that the user names, in the uom of the stream."""
    return amounts(text, curve.uom, curve.per, curve.per_volume) if text else []


def _within(wanted: list[float], curve: Curve) -> list[float]:
    """The volumes that some plan takes; others are told of.

    Raises
    ------
    DataError
        If no plan takes any of them.
    """
    slack = 1e-6 * curve.most if math.isfinite(curve.most) else 0.0
    kept = [min(v, curve.most) for v in wanted if curve.committed <= v <= curve.most + slack]
    beyond = [v for v in wanted if v > curve.most + slack]
    most = f"the plant takes at most {curve.most:,.0f} {curve.uom} of {curve.crude}"
    if wanted and not kept:
        if beyond:
            what, hint = f"{most}, less than {min(beyond):,.0f}.", "Name a smaller volume."
        else:
            what = f"every plan takes at least {curve.committed:,.0f} {curve.uom} of {curve.crude}."
            hint = "Name a greater volume."
        raise DataError(Finding("--volume", what, hint))
    if beyond:
        left_out = f"{beyond[0]:,.0f}" if len(beyond) == 1 else f"{beyond[0]:,.0f} to {beyond[-1]:,.0f}"
        print(printable(f"Left out: {left_out} {curve.uom}; {most}."), file=sys.stderr)
    return kept


def amounts(text: str, stream_uom: str, per: str, per_volume: float) -> list[float]:
    """Volumes that the user names, in the uom of a stream of which one holds ``per_volume`` of ``per``.

    Raises
    ------
    DataError
        If the text is no volume, not above zero, or a rate.
    """
    found = _VOLUME.fullmatch(text.strip())
    if found is None:
        raise DataError(
            Finding("--volume", f'"{text}" is not a volume.', "Write 50kt, 0:200kt or 0:200:8kt.")
        )
    from netback import uom

    low, high, steps, name = found.groups()
    try:
        first, last = float(low), float(high) if high else float(low)
    except ValueError:
        raise DataError(Finding("--volume", f'"{text}" is not a volume.', "Write 50kt or 0:200kt.")) from None
    if last < first:
        raise DataError(Finding("--volume", f"{last:g} is below {first:g}.", "Write the smaller one first."))
    if last <= 0.0:
        raise DataError(
            Finding("--volume", f"{text} is not above zero.", "Write 50kt, 0:200kt or 0:200:8kt.")
        )
    count = int(steps) if steps else _STEPS
    if not 1 <= count <= _MOST_STEPS:
        what = f"{count:,} steps are not between 1 and {_MOST_STEPS:,}."
        raise DataError(Finding("--volume", what, "The middle number counts steps: 0:200:8kt has 8."))
    target = name or stream_uom
    try:
        asked = uom.parse(target)
    except DataError:
        hint = "Write an amount of mass or volume, as t, kt, bbl, kbbl or m3."
        raise DataError(Finding("--volume", f'"{target}" is no unit of measure.', hint)) from None
    if asked.is_rate:
        raise DataError(Finding("--volume", f'"{target}" is a rate.', "Name an amount over the horizon: kt."))
    same = asked.dimension == uom.parse(stream_uom).dimension
    scale = uom.factor(target, stream_uom) if same else uom.factor(target, per) / per_volume
    if high is None:
        return [first * scale]
    return [(first + (last - first) * k / count) * scale for k in range(count + 1)]


def _spaced(curve: Curve) -> list[float]:
    """Volumes over what the plant takes and what is on offer."""
    end = (
        min(curve.most, curve.planned)
        if math.isfinite(min(curve.most, curve.planned))
        else curve.points[-1].volume
    )
    return [end * k / _STEPS for k in range(1, _STEPS + 1)]


def _spread(
    case: Case, crude: str, volumes: Sequence[float], count: int, seed: int, jobs: int | None
) -> Spread:
    from netback.studies.spread import spread

    return spread(case, crude, volumes, count, seed, jobs, watch("samples"))


def _swings(case: Case, crude: str, curve: Curve, volume: float, jobs: int | None) -> tuple[Swing, ...]:
    from netback.studies.spread import swings

    return swings(case, crude, volume, volume * curve.per_volume, jobs, watch("ends of ranges"))


def watch(what: str) -> Callable[[int, int], None] | None:
    """A line on the terminal with what is done and the time left; none where the output is not a terminal."""
    if not sys.stderr.isatty():
        return None
    import time

    start = time.monotonic()

    def show(done: int, total: int) -> None:
        left = (time.monotonic() - start) / done * (total - done)
        end = "\n" if done == total else ""
        print(f"\r{done:,} of {total:,} {what}, {left:.0f} s left   ", end=end, file=sys.stderr, flush=True)

    return show


def _show(case: Case, curve: Curve, spread: Spread | None, swings: Sequence[Swing], volume: float) -> None:
    from netback.cli.show import figure, say, say_pools, show_table
    from netback.studies.tables import curve_table

    money = f"{case.currency}/{curve.per}"
    say(
        f"What {curve.crude} is worth: {case.title or case.name}{f', {case.scenario}' if case.scenario else ''}"
    )
    for line in _sentences(curve, money):
        say(line)
    say_pools(case)
    print()
    rows = []
    # What is no liquid is priced per its own uom, which the first column has.
    barrels = curve.per == "bbl"
    for row in curve_table(curve, case.currency, spread).records():
        cells = [
            f"{figure(row['volume'])}",
            *([figure(row["volume_in_" + curve.per] / 1000.0, 1)] if barrels else []),
            *(figure(row[name], 2) for name in ("worth_of_last", "worth_of_next", "average_worth")),
            _two(row["break_even_last"], row["break_even_next"]),
            figure(row["break_even_all"], 2),
        ]
        if spread is not None:
            cells.append("" if row["p5"] is None else f"{figure(row['p5'], 2)} to {figure(row['p95'], 2)}")
        rows.append(cells)
    basis = curve.basis
    heads = [
        f"{curve.uom}>",
        *([f"k{curve.per}>"] if barrels else []),
        "last>",
        "next>",
        "average>",
        f"{basis}: next>",
        f"{basis}: all>",
    ]
    if spread is not None:
        heads.append("5 to 95 %>")
    show_table(f"Worth at the gate, and break-even price {curve.basis} [{money}]", heads, rows)
    say(
        f"last, next: of one {_one(curve)} less and more (equal: a point); average: all of it against none. "
        + ("Every step of the curve is shown." if curve.exact else "Whole lots: averages alone are defined.")
    )
    if spread is not None:
        failed = f" {spread.failed} had no plan at some volume." if spread.failed else ""
        say(
            "5 to 95 %: of the break-even of all (of the next where the volume is 0), over "
            f"{len(spread.samples)} samples of {spread.inputs} uncertain inputs.{failed}"
        )
    if swings:
        print()
        _show_swings(case, curve, swings, volume)


def _one(curve: Curve) -> str:
    return "barrel" if curve.per == "bbl" else curve.per


def _two(last: float | None, following: float | None) -> str:
    from netback.cli.show import figure

    known = [value for value in (following, last) if value is not None]
    if len(known) == 2 and abs(known[0] - known[1]) >= 0.005:
        return f"{figure(known[0], 2)} to {figure(known[1], 2)}"
    return figure(known[0], 2) if known else ""


def _sentences(curve: Curve, money: str) -> list[str]:
    """What a buyer asks first: does it pay at its price, and up to what volume."""
    first, each = curve.on_basis(curve.points[0].next), _one(curve)
    told = [
        f"On offer at {curve.price:.2f} {money} {curve.basis}; the plant takes {curve.most:,.0f} {curve.uom}."
    ]
    if curve.committed > 0.0:
        told.append(
            f"{curve.committed:,.0f} {curve.uom} of it are committed (at sea, under contract or by a limit): averages "
            "are of all beyond that."
        )
    if first is None:
        return told
    if first <= curve.price:
        told.append(
            f"It does not pay: the first {each} is worth {first:.2f} {curve.basis}, {curve.price - first:.2f} "
            "below its price."
        )
        return told
    pays = [
        point.volume
        for point in curve.points[1:]
        if (price := curve.on_basis(point.last)) is not None and price >= curve.price
    ]
    end = max(pays, default=0.0)
    told.append(
        f"It pays from the first {each} ({first:.2f} {curve.basis}) up to {end:,.0f} {curve.uom}, where the next "
        "one is worth no more than its price."
        if end < curve.points[-1].volume
        else f"It pays up to all that the plant takes, {end:,.0f} {curve.uom}."
    )
    return told


def _show_swings(case: Case, curve: Curve, swings: Sequence[Swing], volume: float) -> None:
    from netback.cli.show import figure, show_table

    rows = [
        (
            f"{one.input.table} {one.input.row}: {one.input.key}, {one.input.column}",
            f"{one.input.low:g} to {one.input.high:g}",
            figure(one.width, 2),
            figure(one.at_stake / 1000.0),
            figure(one.input.doubt, 2),
        )
        for one in swings[:_MOST_SHOWN]
        if one.width > 5e-4
    ]
    money = f"{case.currency}/{curve.per}"
    heads = ("number", "range", f"swing {money}>", f"k{case.currency}>", "doubt>")
    show_table(
        f"Verify first: money at stake for {volume:,.0f} {curve.uom}, times doubt in the source", heads, rows
    )


def _json(case: Case, curve: Curve, spread: Spread | None, swings: Sequence[Swing]) -> str:
    from netback.studies.tables import curve_table, swing_table

    shown = {
        "format": "netback-value/1",
        "case": case.name,
        "scenario": case.scenario,
        "crude": curve.crude,
        "price": curve.price,
        "price_basis": curve.basis,
        "most": curve.most if math.isfinite(curve.most) else None,
        "uom": curve.uom,
        "per": curve.per,
        "exact": curve.exact,
        "samples": 0 if spread is None else len(spread.samples),
        "failed_samples": 0 if spread is None else spread.failed,
        "value": curve_table(curve, case.currency, spread).to_dict(),
        "verify_first": swing_table(curve, swings, case.currency).to_dict() if swings else None,
    }
    return json.dumps(shown, indent=1, ensure_ascii=False, allow_nan=False)


def _write(case: Case, curve: Curve, spread: Spread | None, swings: Sequence[Swing], out: Path) -> list[str]:
    from netback.plots.value import figures
    from netback.results.export import write_folder
    from netback.studies.tables import curve_table, swing_table

    periods = case.horizon.names
    when = periods[0] if len(periods) == 1 else f"{periods[0]} to {periods[-1]}"
    what = textwrap.shorten(f"{case.name}{f', {case.scenario}' if case.scenario else ''}, {when}", WIDTH)
    contents: dict[str, str | bytes] = {"value.csv": curve_table(curve, case.currency, spread).to_csv()}
    contents["value.json"] = _json(case, curve, spread, swings) + "\n"
    if swings:
        contents["verify_first.csv"] = swing_table(curve, swings, case.currency).to_csv()
    for name, drawn in figures(curve, case.currency, spread, swings, what).items():
        contents[f"{name}.png"], contents[f"{name}.svg"] = drawn.png, drawn.svg
    write_folder(out, contents)
    return sorted(contents)
