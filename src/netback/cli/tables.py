"""``netback tables``: what the tables of a case hold."""

from __future__ import annotations

from difflib import get_close_matches
from textwrap import fill
from typing import Annotated

import typer

from netback import uom
from netback.case.documentation import facts_of, markdown, meaning_of
from netback.case.schema import TABLES, TableSchema
from netback.case.table import schema_of
from netback.cli.common import WIDTH, show_table
from netback.errors import DataError, Finding

_MOST_NEAR = 5
#: Likeness at which one name alone is told.
_SURE = 0.8


def tables(
    table: Annotated[str, typer.Argument(metavar="[TABLE]", help="Explain the columns of this table.")] = "",
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the page of all tables as Markdown.")
    ] = False,
) -> None:
    """Explain the tables of a case, or the columns of one table."""
    if as_markdown:
        print(markdown(), end="")
    elif table:
        _show_columns(_named(table.removesuffix(".csv")))
    else:
        show_table("", ("table", "holds"), [(name, schema.meaning) for name, schema in TABLES.items()])


def _named(name: str) -> TableSchema:
    """Schema of a table; the names nearest to one that is none are told.

    Raises
    ------
    DataError
        If no table has that name.
    """
    if name in TABLES or get_close_matches(name, TABLES, n=1, cutoff=_SURE):
        return schema_of(name)
    near = list(dict.fromkeys([*(known for known in TABLES if name.casefold() in known), *_near(name)]))
    hint = f"Closest names: {', '.join(near[:_MOST_NEAR])}. All: netback tables."
    raise DataError(Finding("", f'there is no table "{name}".', hint if near else "All: netback tables."))


def _near(name: str) -> list[str]:
    return get_close_matches(name.casefold(), TABLES, n=_MOST_NEAR, cutoff=0.55)


def _show_columns(schema: TableSchema) -> None:
    print(fill(f"{schema.file}: {schema.meaning}.", WIDTH))
    if schema.key_columns:
        print(f"One row per {', '.join(schema.key_columns)}.")
    if schema.main_number:
        print(f"Status, low and high speak of {schema.main_number}.")
    print()
    rows = [(column.name, ", ".join(facts_of(column)), meaning_of(column)) for column in schema.columns]
    show_table("", ("column", "type", "meaning"), rows)
    if any(column.name in ("property", "method") for column in schema.columns):
        _show_properties()
    if any(column.type == "uom" for column in schema.columns):
        print(fill(f"Units of measure: {', '.join(uom.names())}; each also per d or h.", WIDTH))


def _show_properties() -> None:
    """The built-in properties with their blending rules, and how gaps of an assay can be filled."""
    from netback.assay.blending import default_rule, properties
    from netback.assay.blending import methods as blending_methods
    from netback.assay.completion import methods as filling_methods

    rows = [
        (name, default_rule(name).basis, ", ".join(blending_methods(name)), ", ".join(filling_methods(name)))
        for name in sorted(properties())
    ]
    title = "Built-in properties: the first blending rule and the first filling method are the defaults"
    show_table(title, ("property", "basis", "blending rules", "filling methods"), rows)
