"""Writing cases as folders: exact round trips, empty templates, copies of shipped cases.

Nothing that exists is overwritten unless the caller asks for it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from netback.case.case import CASE_KEYS, FORMAT, Case
from netback.case.documentation import readme
from netback.case.schema import TABLES
from netback.case.table import Comment, Table
from netback.case.values import write_cell
from netback.errors import DataError, Finding, closest
from netback.io.atomic import write_files, write_tree
from netback.io.case_file import CASE_FILE, keys_of, keys_text
from netback.io.folder import SHIPPED, shipped_cases

README_FILE = "README.md"
#: How many of the files that would be overwritten a finding names.
_SHOWN = 5


def write_case(
    case: Case, path: str | Path, force: bool = False, files: Mapping[str, str] | None = None
) -> Path:
    """Write a case into a folder such that :func:`netback.io.folder.read_case` gives an equal case.

    Tables without rows are left out; with ``force`` a file that exists is replaced, by its heading line alone
    where the case has no such rows, and files that are not part of a case stay. ``files`` are further texts of the
    folder by name, assays for example.

    Raises
    ------
    DataError
        If files exist and ``force`` is not given, if a file cannot be written, or if a scenario is applied.
    """
    folder = Path(path)
    if case.scenario is not None:
        what = f'scenario "{case.scenario}" is applied, and its overrides would be applied twice.'
        raise DataError(
            Finding("", what, "Write the case itself, or case.with_(scenario=None)."), case.subject
        )
    contents = {CASE_FILE: keys_text(keys_of(case))}
    for name, table in case.tables.items():
        if table.records or table.extras or table.comments or (folder / f"{name}.csv").exists():
            contents[f"{name}.csv"] = table_text(table)
    contents |= files or {}
    if not force:
        names = [*contents, *(schema.file for schema in TABLES.values())]
        _refuse_existing(folder, names, "Name a new folder, or replace the files with --force.")
    write_tree(folder, contents)
    return folder


def table_text(table: Table) -> str:
    """Return a table as CSV text with every column of the schema and the user's own ones."""
    columns = table.columns
    rows = (
        line.cells
        if isinstance(line, Comment)
        else [write_cell(table.stated(line, column)) for column in columns]
        for line in table.lines()
    )
    return csv_text(columns, rows)


def csv_text(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a heading and rows as CSV text."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(heading)
    writer.writerows(rows)
    return buffer.getvalue()


def new_case(path: str | Path, title: str = "") -> Path:
    """Make a folder with ``case.yaml``, every table with its heading line, and a page that explains them.

    Raises
    ------
    DataError
        If one of the files exists already, or cannot be written.
    """
    folder = Path(path)
    name = _case_name(folder)
    contents = {CASE_FILE: _template(name, title), README_FILE: readme(title or name)}
    contents |= {schema.file: csv_text(schema.column_names, []) for schema in TABLES.values()}
    _refuse_existing(folder, contents)
    write_files(folder, contents)
    return folder


def copy_case(name: str, path: str | Path, title: str = "") -> Path:
    """Copy a shipped case with all its files into a new folder; ``title`` replaces the title.

    Raises
    ------
    DataError
        If there is no such shipped case, or one of its files exists in the folder already.
    """
    if name not in shipped_cases():
        hint = closest(name, shipped_cases()) or f"Shipped: {', '.join(shipped_cases())}."
        raise DataError(Finding("", f'no case "{name}" comes with Netback.', hint))
    origin, folder = SHIPPED / name, Path(path)
    contents: dict[str, str | bytes] = {
        str(file.relative_to(origin)): file.read_bytes()
        for file in sorted(origin.rglob("*"))
        if file.is_file()
    }
    text = _renamed((origin / CASE_FILE).read_text(encoding="utf-8"), folder.resolve().name)
    contents[CASE_FILE] = _retitled(text, title) if title else text
    _refuse_existing(folder, contents)
    write_tree(folder, contents)
    return folder


def _refuse_existing(folder: Path, names: Iterable[str], hint: str = "Name a new folder.") -> None:
    if folder.is_file():
        raise DataError(Finding(str(folder), "this is a file; a case is a folder.", "Give another name."))
    found = [name for name in dict.fromkeys(names) if (folder / name).exists()]
    if len(found) == 1:
        raise DataError(Finding(str(folder / found[0]), "the file exists and is not overwritten.", hint))
    if found:
        shown = ", ".join(found[:_SHOWN]) + (
            f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        )
        raise DataError(Finding(str(folder), f"files exist and are not overwritten: {shown}.", hint))


def _case_name(folder: Path) -> str:
    name = re.sub(r"[^\w.-]+", "_", folder.resolve().name).strip("_")
    return name or "case"


def _renamed(text: str, name: str) -> str:
    """Replace the line of the name, so that errors and comparisons speak of the copy."""
    line = keys_text({"name": name}).rstrip("\n")
    return re.sub(r"^name:.*$", lambda _: line, text, count=1, flags=re.MULTILINE)


def _retitled(text: str, title: str) -> str:
    """Replace the line of the title, and nothing else, so that comments of the file stay."""
    line = keys_text({"title": title}).rstrip("\n")
    kept = re.sub(r"^title:.*\n(?:[ \t]+.*\n)*", "", text, flags=re.MULTILINE)
    return re.sub(r"^(name:.*)$", lambda found: f"{found[1]}\n{line}", kept, count=1, flags=re.MULTILINE)


def _template(name: str, title: str) -> str:
    given = {"format": FORMAT, "name": name, "title": title}
    lines = ["# One plan. Every key and what it means; a line that begins with # is not read.", ""]
    for column in CASE_KEYS:
        meaning = column.meaning + (f"; {write_cell(column.default)} if left out" if column.default else "")
        lines.append(f"# {column.name}: {meaning}")
        if given.get(column.name):
            lines.append(keys_text({column.name: given[column.name]}).rstrip("\n"))
        else:
            lines.append(f"#{column.name}: {write_cell(column.default)}".rstrip())
    return "\n".join(lines) + "\n"
