"""What all commands share: how errors and findings are shown, exit codes, tables of 100 columns."""

from __future__ import annotations

import math
import os
import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from netback.errors import DataError, Finding, NetbackError, format_findings

if TYPE_CHECKING:
    from netback.program.solution import Progress

Step = TypeVar("Step")

EXIT_BUG = 1
EXIT_FINDINGS = 2
EXIT_INTERRUPTED = 130
EXIT_PIPE = 141

WIDTH = 100
#: Narrower than this no table can be read.
NARROWEST = 40
MOST_SHOWN = 50
#: Number or dash of a line, below which the rest of it hangs.
_BEGINNING = re.compile(r" *(?:\d+\. |- )?")
#: A name in quotes; whole sentences in quotes may be folded.
_QUOTED = re.compile(r'"[^"\n]{1,60}"')


def findings_text(findings: Iterable[Finding], subject: str = "", most: int = MOST_SHOWN) -> str:
    """Format findings as numbered lines, at most ``most`` of them, with a count of the rest."""
    listed = tuple(findings)
    if len(listed) <= most:
        return wrapped(printable(format_findings(listed, subject)))
    heading, _, lines = format_findings(listed[:most], subject).partition("\n")
    counted = heading.replace(str(most), f"{len(listed):,}", 1)
    return wrapped(printable(f"{counted}\n{lines}\n ... and {len(listed) - most:,} more."))


def wrapped(text: str) -> str:
    """Fold every line at 100 columns, under its own first letter; words and names in quotes stay whole.

    Where nobody looks (a pipe, a file) a line stays a line, so that it can be searched.
    """
    return "\n".join(_folded(line) for line in text.split("\n")) if looked_at() else text


def looked_at() -> bool:
    """Whether a terminal shows what is printed."""
    return sys.stdout.isatty() or sys.stderr.isatty()


def _folded(line: str) -> str:
    if len(line) <= WIDTH:
        return line
    indent = " " * len(_BEGINNING.match(line)[0])  # type: ignore[index]  # matches the empty text too
    whole = _QUOTED.sub(lambda found: found[0].replace(" ", "\0"), line)
    lines = textwrap.wrap(
        whole,
        WIDTH,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
    )
    return "\n".join(lines).replace("\0", " ")


def split_case(name: str) -> tuple[str, str]:
    """Case and scenario of ``case:scenario``; a folder that has a colon in its name is a folder."""
    path, _, scenario = name.partition(":") if not Path(name).exists() else (name, "", "")
    return path, scenario


def named_case(name: str, scenario: str) -> tuple[str, str]:
    """Case and scenario of what was named by both ways of naming a scenario.

    Raises
    ------
    DataError
        If two different scenarios are named.
    """
    path, named = split_case(name)
    if named and scenario and named != scenario:
        raise DataError(Finding("", f'two scenarios are named: "{named}" and "{scenario}".', "Name one."))
    return path, scenario or named


def progress_line(before: str = "") -> Callable[[Progress], None] | None:
    """Show how far a solve is in one line of the terminal, at most once a second; None where there is no terminal."""
    if not sys.stderr.isatty():
        return None
    last = [0.0]

    def show(now: Progress) -> None:
        if now.seconds - last[0] >= 1.0:
            last[0] = now.seconds
            gap = abs(now.bound - now.objective) / max(abs(now.objective), 1e-9)
            told = f"  gap {100.0 * gap:.3g} %" if gap < 10.0 else ""
            text = f"{before}{now.seconds:6.0f} s  value {now.objective:,.8g}  bound {now.bound:,.8g}{told}"
            text += "  (Ctrl-C keeps the best)"
            print(f"\r{printable(text)[: WIDTH - 1]:<{WIDTH - 1}}", end="\r", file=sys.stderr, flush=True)

    return show


def finite(value: float | None) -> float | None:
    """Refuse numbers that are none, which the command line library lets pass.

    Raises
    ------
    typer.BadParameter
        If the value is nan or infinite.
    """
    if value is not None and not math.isfinite(value):
        import typer

        raise typer.BadParameter(f"{value} is not a number to reckon with.")
    return value


def positive(value: float | None) -> float | None:
    """Refuse zero as well, and what :func:`finite` refuses.

    Raises
    ------
    typer.BadParameter
        If the value is not a number above zero.
    """
    if value is not None and value == 0.0:
        import typer

        raise typer.BadParameter("0 is not above zero.")
    return finite(value)


def check_figure(path: Path | None, option: str) -> None:
    """Refuse a figure of an ending that cannot be drawn, or in a place that cannot be written, before any work.

    Raises
    ------
    DataError
        If the file is named so.
    """
    if path is None:
        return
    if path.suffix.casefold() not in (".png", ".svg"):
        what = f'"{path.name}" is neither a .png nor a .svg file.'
        raise DataError(Finding(option, what, "Name the figure with one of these endings."))
    from netback.io.atomic import unwritable

    if (found := unwritable(path)) is not None:
        raise DataError(found)


def show_error(error: NetbackError) -> None:
    """Print an error of the user's to the standard error stream, without a traceback."""
    print(findings_text(error.findings, error.subject), file=sys.stderr)


def printable(text: str) -> str:
    """Return text without control characters, which a file could use to write over the user's terminal."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() or sign == "\n" else ascii(sign)[1:-1] for sign in text)


def show_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], gap: int = 3) -> None:
    """Print a table that fits 100 columns; a heading that ends with ``>`` is of a column set to the right.

    Numbers are to be formatted by the caller. Long cells are folded, never cut off. Between two columns are ``gap``
    blanks, 1 to 3.
    """
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    # The line of the box is one blank wide.
    padding = (0, 1 if gap > 1 else 0, 0, 1 if gap > 2 else 0)
    table = Table(
        box=SIMPLE_HEAD,
        pad_edge=False,
        show_edge=False,
        title_justify="left",
        title_style="bold",
        padding=padding,
    )
    for column in columns:
        right = column.endswith(">")
        table.add_column(
            Text(column.rstrip(">")), justify="right" if right else "left", overflow="fold", no_wrap=right
        )
    for row in rows:
        table.add_row(*(Text(printable(str(cell))) for cell in row))
    console = Console(highlight=False, soft_wrap=False)
    console.width = min(console.width, WIDTH) if console.is_terminal else screen_width()
    with console.capture() as captured:
        if title:
            console.print(Text(title, style="bold"))
        console.print(table)
    # Tables are padded to their full width, which is of no use in a file or a message.
    lines = captured.get().split("\n")
    print("\n".join(lines if console.is_terminal else [line.rstrip() for line in lines]), end="")


def screen_width() -> int:
    """Columns to print in: at most 100, fewer where the variable COLUMNS says so."""
    given = os.environ.get("COLUMNS", "")
    return min(WIDTH, max(NARROWEST, int(given))) if given.isdigit() else WIDTH


def say(text: str) -> None:
    """Print a sentence in lines that fit 100 columns."""
    print(printable(textwrap.fill(text, screen_width(), break_long_words=False, break_on_hyphens=False)))


def number(value: Any) -> str:
    """Format a number as a cell: at most six figures, blank for None."""
    if value is None:
        return ""
    return f"{value:,.6g}" if isinstance(value, int | float) else str(value)


def counted(count: int, noun: str) -> str:
    """Return a number with its noun: ``1 row``, ``2 rows``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def last_step(steps: Iterable[Step]) -> tuple[Step, bool]:
    """The last of steps that each hold what is known by then, and whether they were stopped before their end.

    Raises
    ------
    KeyboardInterrupt
        If they are stopped before the first one.
    """
    known: list[Step] = []
    try:
        for step in steps:
            known[:] = [step]
    except KeyboardInterrupt:
        if not known:
            raise
        print("\nStopped: what was known by then follows.", file=sys.stderr)
        return known[0], True
    return known[0], False
