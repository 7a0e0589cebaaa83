"""The register: sources, claims, series and calculations, found by their names.

A *claim* is one statement of somebody, with one number, range or word. A statement that holds several numbers is
several rows of the same id with the parts 1, 2, 3. How exact a number is, its writer seldom says: it counts as
exact to half of its last digit that is not zero, but never as less exact than 2.5 % (45,142 t is exact to half a
tonne, 56,000 t to 500 t). ``about`` widens it to 10 %; ``at_least`` and ``at_most`` leave one side open.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from netback.case.table import Record, Table
from netback.errors import DataError, Finding, closest
from netback.evidence.intervals import Interval
from netback.evidence.units import parse_unit
from netback.evidence.values import Day, MissingError, Quantity, Value, Word

#: The tables of a register, in the order in which they are filled.
TABLES = ("sources", "quantities", "claims", "series", "calculations", "calculation_inputs", "contradictions")

#: Half a last digit never counts as more than this share of a number.
COARSEST = 0.025
ABOUT = 0.10

Key = tuple[str, int]


@dataclass(frozen=True)
class Claim:
    """One row of ``claims.csv``."""

    record: Record
    table: Table

    def __getitem__(self, column: str) -> Any:
        return self.record[column]

    @property
    def id(self) -> str:
        """Name of the claim, shared by its parts."""
        return str(self.record["claim"])

    @property
    def key(self) -> Key:
        """Name and part."""
        return self.id, int(self.record["part"])

    @property
    def name(self) -> str:
        """Name with the part where it is not the first: ``REF-021[3]``."""
        return name_of(self.key)

    @property
    def uom(self) -> str:
        """Uom as stated; blank for a plain number or a word."""
        return self.record["uom"] or ""

    @property
    def is_doubtful(self) -> bool:
        """Whether the claim may only be objected to (confidence D)."""
        return bool(self.record["confidence"] == "D")

    @property
    def has_answer(self) -> bool:
        """Whether the claim states a number or a word; one that does not asks a question."""
        return any(self.record[column] is not None for column in ("value", "low", "high", "word"))

    def where(self, column: str = "") -> str:
        """Return the place in the user's own file."""
        return self.table.where(self.record, column)

    @cached_property
    def stated(self) -> Interval:
        """Range of the number as stated [uom of the claim].

        Raises
        ------
        MissingError
            If the claim states no number.
        """
        value, low, high = (self.record[column] for column in ("value", "low", "high"))
        relation = self.record["relation"]
        if value is None and low is None and high is None:
            raise MissingError(f"{self.name} states no number.")
        if value is None or (low is not None and high is not None):
            return Interval(-math.inf if low is None else low, math.inf if high is None else high)
        if relation == "at_least":
            return Interval(value, math.inf)
        if relation == "at_most":
            return Interval(-math.inf, value)
        slack = ABOUT * abs(value) if relation == "about" else precision(value)
        return Interval(
            value - slack if low is None else min(low, value),
            value + slack if high is None else max(high, value),
        )

    @property
    def value(self) -> Value:
        """Number or word as stated.

        Raises
        ------
        MissingError
            If the claim states neither.
        """
        if self.record["word"] is not None:
            return Word.of(self.record["word"])
        ends = self.stated
        return Quantity.of(ends.low, ends.high, self.uom)

    @property
    def centre(self) -> Value:
        """The number itself without its range; the middle of a range."""
        if self.record["word"] is not None:
            return self.value
        ends, value = self.stated, self.record["value"]
        middle = ends.middle if value is None else value
        return Quantity.of(middle, middle, self.uom)

    @property
    def day(self) -> Day:
        """The day or days that the claim speaks of.

        Raises
        ------
        MissingError
            If it names none.
        """
        first, last = self.record["period_from"], self.record["period_to"]
        if first is None:
            raise MissingError(f"{self.name} names no day.")
        return Day(first, first if last is None else last)

    @property
    def period(self) -> tuple[date, date]:
        """First and last day; open ends reach to the ends of the calendar."""
        return self.record["period_from"] or date.min, self.record["period_to"] or date.max


@dataclass(frozen=True)
class Calculation:
    """One row of ``calculations.csv``: a claim put to one reading of the facts."""

    record: Record
    table: Table

    def __getitem__(self, column: str) -> Any:
        return self.record[column]

    @property
    def key(self) -> Key:
        """Name and part of the claim."""
        return str(self.record["claim"]), int(self.record["part"])

    def where(self, column: str = "") -> str:
        """Return the place in the user's own file."""
        return self.table.where(self.record, column)


@dataclass(frozen=True)
class Register:
    """Tables of evidence by name; of several files one after the other, the user's own first."""

    tables: Mapping[str, tuple[Table, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, *groups: Mapping[str, Table]) -> Register:
        """Join registers; where two state the same claim, calculation or quantity, the first holds."""
        return cls({name: tuple(group[name] for group in groups if name in group) for name in TABLES})

    def _rows(self, name: str, key: tuple[str, ...]) -> Iterator[tuple[Table, Record]]:
        taken: set[tuple[Any, ...]] = set()
        for table in self.tables.get(name, ()):
            own = [(tuple(record[column] for column in key), record) for record in table.records]
            for words, record in own:
                if words not in taken:
                    yield table, record
            taken.update(words for words, _ in own)

    @cached_property
    def claims(self) -> Mapping[Key, Claim]:
        """All claims by name and part."""
        found = (Claim(record, table) for table, record in self._rows("claims", ("claim",)))
        return {claim.key: claim for claim in found}

    @cached_property
    def parts(self) -> Mapping[str, tuple[Claim, ...]]:
        """The parts of every claim, in order."""
        found: dict[str, list[Claim]] = defaultdict(list)
        for claim in self.claims.values():
            found[claim.id].append(claim)
        return {name: tuple(sorted(rows, key=lambda row: row.key)) for name, rows in found.items()}

    @cached_property
    def calculations(self) -> Mapping[str, tuple[Calculation, ...]]:
        """The calculations of every claim, in the order of the table."""
        found: dict[str, list[Calculation]] = defaultdict(list)
        for table, record in self._rows("calculations", ("claim",)):
            found[record["claim"]].append(Calculation(record, table))
        return {name: tuple(rows) for name, rows in found.items()}

    @cached_property
    def inputs(self) -> Mapping[str, Mapping[str, Calculation]]:
        """The named inputs of every claim."""
        found: dict[str, dict[str, Calculation]] = defaultdict(dict)
        for table, record in self._rows("calculation_inputs", ("claim",)):
            found[record["claim"]][record["input"]] = Calculation(record, table)
        return found

    @cached_property
    def series(self) -> Mapping[str, tuple[Record, ...]]:
        """The values of every series, in order of time."""
        found: dict[str, list[Record]] = defaultdict(list)
        for _, record in self._rows("series", ("series",)):
            found[record["series"]].append(record)
        return {name: tuple(sorted(rows, key=lambda row: row["date"])) for name, rows in found.items()}

    @cached_property
    def quantities(self) -> Mapping[str, Record]:
        """What is measured, by name."""
        return {record["quantity"]: record for _, record in self._rows("quantities", ("quantity",))}

    @cached_property
    def sources(self) -> Mapping[str, Record]:
        """Sources by name."""
        return {record["source"]: record for _, record in self._rows("sources", ("source",))}

    @cached_property
    def contradictions(self) -> tuple[Record, ...]:
        """Pairs that somebody looked at and judged."""
        return tuple(record for _, record in self._rows("contradictions", ("contradiction",)))

    def urls(self, sources: Iterable[str | None]) -> tuple[str, ...]:
        """Return the addresses of sources, each once, as far as they are known."""
        named = (self.sources.get(name) for name in names_listed(sources))
        return tuple(dict.fromkeys(source["url"] for source in named if source and source["url"]))

    def own(self, name: str) -> tuple[Record, ...]:
        """Rows of a table in the first, the user's own, register."""
        tables = self.tables.get(name, ())
        return tables[0].records if tables else ()

    def claim(self, name: str, part: int = 1) -> Claim:
        """Return one claim.

        Raises
        ------
        MissingError
            If there is no claim or no part of that name; the message names the closest.
        """
        found = self.claims.get((name, part))
        if found is None and name in self.parts:
            count = len(self.parts[name])
            raise MissingError(f"{name} has {count} part{'s' * (count > 1)}, and none is {part}.")
        if found is None:
            raise MissingError(f'there is no claim "{name}". {closest(name, self.parts)}'.strip())
        return found

    def parts_of(self, text: str) -> tuple[Claim, ...]:
        """Return the claims that ``REF-021`` (all parts) or ``REF-021[3]`` names.

        Raises
        ------
        DataError
            If there is none; the finding names the closest.
        """
        name, part = split_name(text)
        known = {key.casefold(): key for key in self.parts}
        name = known.get(name.casefold(), name)
        if name in self.parts and part is None:
            return self.parts[name]
        try:
            return (self.claim(name, part or 1),)
        except MissingError as fault:
            raise DataError(Finding("", str(fault))) from None


def precision(value: float) -> float:
    """Return half of the last digit of a number that is not zero, at most 2.5 % of it."""
    if value == 0.0:
        return 0.0
    digits = f"{abs(value):.12g}"
    if "e" in digits or "." not in digits:
        whole = str(int(float(digits)))
        half = 0.5 * 10.0 ** (len(whole) - len(whole.rstrip("0")))
    else:
        half = 0.5 * 10.0 ** -len(digits.partition(".")[2])
    return min(half, COARSEST * abs(value))


def name_of(key: Key) -> str:
    """Write a claim and its part: ``REF-021``, ``REF-021[3]``."""
    return key[0] if key[1] == 1 else f"{key[0]}[{key[1]}]"


def split_name(text: str) -> tuple[str, int | None]:
    """Read ``REF-021[3]`` as name and part; the part is None where none is given."""
    found = re.fullmatch(r"\s*(.*?)\s*\[\s*(\d+)\s*\]\s*", text)
    return (found[1], int(found[2])) if found else (text.strip(), None)


def names_listed(texts: Iterable[str | None]) -> Iterator[str]:
    """Return the names in cells that hold several, separated by semicolons."""
    for text in texts:
        yield from (part.strip() for part in (text or "").split(";") if part.strip())


def unit_fault(uom: str) -> DataError | None:
    """Return what is wrong with a uom, or None."""
    try:
        parse_unit(uom)
    except DataError as error:
        return error
    return None
