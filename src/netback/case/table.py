"""Tables and their records: frozen rows of typed cells that remember the row of the spreadsheet."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

from netback.case.schema import TABLES, Column, TableSchema
from netback.case.values import CellError, check_value
from netback.errors import DataError, Finding, closest

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True, slots=True)
class Change:
    """What a scenario did to one cell: ``row`` is the row of ``overrides.csv``, ``old`` the value before."""

    scenario: str
    column: str
    old: Any
    row: int


class Record(dict[str, Any]):
    """One frozen row: a mapping from column names to typed values, None where blank and without default.

    ``row`` is the row that a spreadsheet shows (the heading is row 1); ``changes`` lists what scenarios
    changed. Two records are equal when their values are; :meth:`with_` gives a changed copy.
    """

    __slots__ = ("changes", "row")
    row: int
    changes: tuple[Change, ...]

    def __init__(self, values: Any = (), row: int = 0, changes: tuple[Change, ...] = ()) -> None:
        super().__init__(values)
        self.row = row
        self.changes = changes

    @property
    def changed_by(self) -> str:
        """Name of the scenario that last changed the row; empty if none did."""
        return self.changes[-1].scenario if self.changes else ""

    def with_(self, **values: Any) -> Record:
        """Return a copy with other values in the named columns."""
        return Record({**self, **values}, self.row, self.changes)

    def __reduce__(self) -> tuple[Any, ...]:
        return Record, (dict(self), self.row, self.changes)

    def _frozen(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("a record is frozen; record.with_(column=value) gives a changed copy")

    __setitem__ = __delitem__ = __ior__ = _frozen
    update = pop = popitem = clear = setdefault = _frozen


#: A row whose first cell begins with this is a comment.
COMMENT = "#"


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment row: its cells, and the number of records that stand above it."""

    above: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """All records of one table. ``extras`` are the user's own columns, kept as text and otherwise unused.

    ``comments`` are rows that begin with ``#``; they are kept and say nothing to the plan. ``place`` is what the user
    calls the table where it is not the CSV file of its name: ``plan.xlsx, sheet offers``. ``blanks`` are the rows of
    the spreadsheet, by column, whose cell was left blank and has the default: they are written as they were.
    """

    schema: TableSchema
    records: tuple[Record, ...] = ()
    extras: tuple[str, ...] = ()
    comments: tuple[Comment, ...] = field(default=(), compare=False)
    place: str = field(default="", compare=False)
    blanks: Mapping[str, Container[int]] = field(default_factory=dict, compare=False)

    @property
    def name(self) -> str:
        """Name of the table."""
        return self.schema.name

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of all columns, the user's own ones last."""
        return self.schema.column_names + self.extras

    def __len__(self) -> int:
        return len(self.records)

    def lines(self) -> Iterator[Record | Comment]:
        """Records and comments in the order in which they stand in the file."""
        waiting = list(self.comments)
        for number, record in enumerate(self.records):
            while waiting and waiting[0].above <= number:
                yield waiting.pop(0)
            yield record
        yield from waiting

    def stated(self, record: Record, column: str) -> Any:
        """What the user's own cell says: the value, or None where a blank cell stands for the default."""
        value = record[column]
        if record.row in self.blanks.get(column, ()) and value == self.schema.by_name[column].default:
            return None
        return value

    def where(self, record: Record | None = None, column: str = "") -> str:
        """Return the place in the user's words: ``offers.csv, row 7, column stream``."""
        parts = [self.place or self.schema.file]
        if record is not None:
            parts.append(f"row {record.row}")
        if column:
            parts.append(f"column {column}")
        changed = {change.column: change for change in record.changes} if record is not None else {}
        if column in changed:
            parts.append(f"set by scenario {changed[column].scenario}")
        return ", ".join(parts)

    def key(self, record: Record) -> tuple[Any, ...]:
        """Return the values that name the row, in the order of ``schema.key_columns``."""
        return tuple(record[column] for column in self.schema.key_columns)

    def in_period(self, period: str) -> tuple[Record, ...]:
        """Return the records that hold in one period: a row that names it wins over one with a blank.

        Rows without a column ``period`` all hold. The order of the table is kept.
        """
        if "period" not in self.schema.by_name:
            return self.records
        rest = [column for column in self.schema.key_columns if column != "period"]
        named = {tuple(r[c] for c in rest) for r in self.records if r["period"] == period}
        return tuple(
            record
            for record in self.records
            if record["period"] == period
            or (record["period"] is None and tuple(record[c] for c in rest) not in named)
        )

    def to_pandas(self) -> pandas.DataFrame:
        """Return the table as a data frame with one column per column and the spreadsheet row as index."""
        import pandas

        index = pandas.Index([record.row for record in self.records], name="row")
        return pandas.DataFrame(
            [dict(record) for record in self.records], index=index, columns=list(self.columns)
        )

    @classmethod
    def of(cls, name: str, rows: Iterable[Mapping[str, Any]]) -> Table:
        """Make a table from rows made in Python; missing columns get their default, unknown ones are extras.

        Raises
        ------
        DataError
            If the table is unknown, or cells do not fit their column; all findings together.
        """
        schema = schema_of(name)
        findings: list[Finding] = []
        listed = list(rows)
        extras = _extras(schema, listed)
        records = tuple(_record(schema, extras, row, place, findings) for place, row in enumerate(listed, 2))
        if findings:
            raise DataError(findings, f"table {name}")
        return cls(schema, records, extras)


def schema_of(name: str) -> TableSchema:
    """Return the schema of a table.

    Raises
    ------
    DataError
        If no table has that name; the finding names the closest one.
    """
    if name not in TABLES:
        raise DataError(Finding("", f'there is no table "{name}".', closest(name, TABLES)))
    return TABLES[name]


def blank_value(column: Column) -> Any:
    """Return what a blank cell means in a column: its default, or None.

    Raises
    ------
    CellError
        If the column must be given and has no default.
    """
    if column.required and column.default is None:
        raise CellError(
            "the cell is blank and must be given.", column.meaning and f"It is: {column.meaning}."
        )
    return column.default


def _extras(schema: TableSchema, rows: list[Mapping[str, Any]]) -> tuple[str, ...]:
    names = {str(name): None for row in rows for name in row if name not in schema.by_name}
    return tuple(names)


def _record(
    schema: TableSchema, extras: tuple[str, ...], row: Mapping[str, Any], place: int, findings: list[Finding]
) -> Record:
    old = row if isinstance(row, Record) else Record((), place)
    values: dict[str, Any] = {}
    for column in (*schema.columns, *(Column(name, "text") for name in extras)):
        try:
            value = check_value(row.get(column.name), column)
            values[column.name] = blank_value(column) if value is None else value
        except CellError as fault:
            where = f"{schema.file}, row {old.row}, column {column.name}"
            findings.append(Finding(where, fault.what, fault.hint))
    return Record(values, old.row, old.changes)
