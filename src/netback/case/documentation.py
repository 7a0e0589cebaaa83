"""Words about the tables, made from their schemas: the page of all tables and the page inside a new case."""

from __future__ import annotations

from netback.case.case import CASE_KEYS
from netback.case.schema import TABLES, Column, TableSchema
from netback.case.values import write_cell

_RULES = """\
A case is a folder with `case.yaml` and one CSV file per table. Tables `periods` and `streams` are needed; any other
table may be absent and is then empty. The files are UTF-8 with commas as separators; row 1 names the columns, in any
order; columns that are left out are blank. Columns of your own are kept and not used.

- Blank means *not known* or *no limit*, never zero. A column with a default takes it when blank.
- A number has a decimal point and no thousands separator. A date is written 2023-09-01.
- A price uom is a currency of three letters and an amount: USD/bbl, PKR/l; `%` where a share of a price is allowed.
- A row without a period holds in every period. Where another row says the same of a named period, that row holds
  there in place of the one without.
- Every row of a table with a column `status` may name its sources, several separated by `;`. The columns `status`,
  `low` and `high` speak of the *main number* of the row; where that is blank, of the first other number given.
  A row of status `assumed` must state its range.
- `where` in `overrides.csv` picks rows by `column=value`, several joined by `&`, or all rows by `*`. Changes of a
  parent scenario come first. A change that fits no row is an error.
"""


def markdown() -> str:
    """Return the page of all tables."""
    parts = [
        "# Tables of a case",
        "",
        "Made by `netback tables --markdown`; do not edit by hand.",
        "",
        _RULES,
    ]
    parts += ["| table | holds |", "|---|---|"]
    parts += [f"| [{name}](#{name}) | {_cell(schema.meaning)} |" for name, schema in TABLES.items()]
    parts += ["", "## case.yaml", "", "| key | type | uom | if left out | meaning |", "|---|---|---|---|---|"]
    for key in CASE_KEYS:
        blank = "must be given" if key.required else write_cell(key.default)
        parts.append(f"| {key.name} | {key.type} | {key.uom} | {blank} | {_cell(meaning_of(key))} |")
    for schema in TABLES.values():
        parts += ["", *_markdown_table(schema)]
    return "\n".join(parts) + "\n"


def readme(title: str) -> str:
    """Return the page that explains the tables inside the folder of a new case."""
    parts = [f"# {title}", "", "Fill what the plan needs and leave or remove the rest.", "", _RULES]
    parts += ["Check the case with `netback check` and the name of this folder.", ""]
    for schema in TABLES.values():
        parts += [f"## {schema.file}", "", _sentence(schema.meaning), ""]
        parts += [_line(column) for column in schema.columns]
        parts.append("")
    return "\n".join(parts)


def facts_of(column: Column) -> list[str]:
    """Return what there is to know of a column beside its meaning, in a few words each."""
    facts = [" or ".join(column.choices) if column.choices else column.type]
    if column.uom:
        facts.append(column.uom)
    if column.required:
        facts.append("must be given")
    if column.default is not None:
        facts.append(f"{write_cell(column.default)} if blank")
    return facts


def meaning_of(column: Column) -> str:
    """Return the meaning of a column with the table it refers to."""
    words = [column.meaning] if column.meaning else []
    if column.refers_to:
        table, _, name = column.refers_to.partition(".")
        words.append(f"a {name} of {table}.csv")
    return "; ".join(words)


def _markdown_table(schema: TableSchema) -> list[str]:
    lines = [f"## {schema.name}", "", _sentence(schema.meaning)]
    if schema.key_columns:
        lines[-1] += f" One row per {', '.join(schema.key_columns)}."
    if schema.main_number:
        lines[-1] += f" Main number: {schema.main_number}."
    lines += ["", "| column | type | uom | if blank | meaning |", "|---|---|---|---|---|"]
    for column in schema.columns:
        kind = " or ".join(column.choices) if column.choices else column.type
        blank = "must be given" if column.required else write_cell(column.default)
        lines.append(
            f"| {column.name} | {_cell(kind)} | {column.uom} | {blank} | {_cell(meaning_of(column))} |"
        )
    return lines


def _line(column: Column) -> str:
    meaning = f": {meaning_of(column)}" if meaning_of(column) else ""
    return f"- {column.name} ({', '.join(facts_of(column))}){meaning}"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
