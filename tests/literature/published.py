"""What is printed: the shipped literature cases, their scenarios and the value that their source states.

``tolerance`` is half a unit of the last printed digit, or what the source of the value itself allows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from netback.case.case import Case
from netback.case.table import Record
from netback.planning.solve import Plan


@dataclass(frozen=True)
class Published:
    """One printed optimum: gross margin of a case in the currency of the case."""

    case: str
    scenario: str | None
    value: float
    tolerance: float

    @property
    def name(self) -> str:
        return self.case + (f", {self.scenario}" if self.scenario else "")


#: Pike: the textbook prints 701,823.4; the other two are re-solved values with a stated tolerance of 1.0.
#: Gueret: a cost, so the margin is negative. Fawley: printed in thousands, 2899.25.
PUBLISHED: tuple[Published, ...] = (
    Published("williams_refinery", None, 211_365.13, 0.01),
    Published("williams_food_1", None, 107_842.59, 0.01),
    Published("williams_food_2", None, 100_278.70, 0.01),
    Published("williams_factory_1", None, 93_715.18, 0.01),
    Published("williams_factory_2", None, 108_855.0, 0.5),
    Published("pike_refinery", None, 701_823.4, 0.05),
    Published("pike_refinery", "octane_83", 708_164.28, 1.0),
    Published("pike_refinery", "cracker_down", -155_429.778, 1.0),
    Published("rtl_refinery", None, 1_545_161.29, 0.01),
    Published("seborg_two_crudes", None, 573_517.24, 0.01),
    Published("seborg_two_crudes", "kerosene_2001", 573_517.24 + 175.0359, 0.01),
    Published("sas_jet_fuel", None, 1_347.92, 0.01),
    Published("winston_sunco", None, 287_750.0, 0.01),
    Published("kantor_gasoline", None, 100_425.0, 0.05),
    Published("kantor_gasoline", "midgrade", 104_995.0, 0.05),
    Published("kantor_gasoline", "clean", 44_493.62, 0.01),
    Published("kantor_gasoline", "clean_low_benzene", 63_791.16, 0.01),
    Published("gueret_refinery", None, -1_175_400.0, 0.5),
    Published("palmer_fawley", None, 2_899_250.0, 5.0),
)


def flow(plan: Plan, block: str, *labels: str) -> float:
    """Sum of the columns of a block whose key holds all labels."""
    columns = plan.model.problem.block(block)
    wanted = set(labels)
    chosen = [i for i in range(columns.size) if wanted <= set(columns.index.label(i))]
    assert chosen, f"no column of {block} has {labels}"
    return float(sum(plan.x[columns.start + i] for i in chosen))


def cells(case: Case, table: str, column: str, **where: Any) -> list[Any]:
    """Values of a column in the rows of a table that match."""
    return [row[column] for row in rows(case, table, **where)]


def cell(case: Case, table: str, column: str, **where: Any) -> Any:
    """The one value of a column in the one row that matches."""
    found = cells(case, table, column, **where)
    assert len(found) == 1, f"{table} {where}: {len(found)} rows"
    return found[0]


def rows(case: Case, table: str, **where: Any) -> list[Record]:
    """Rows of a table in which every named column has the named value."""
    return [r for r in case[table].records if all(r[column] == value for column, value in where.items())]


def changed(case: Case, table: str, where: Mapping[str, Any], **values: Any) -> Case:
    """A copy of a case with cells of the matching rows changed; a match is demanded."""
    hits = {id(row) for row in rows(case, table, **where)}
    assert hits, f"{table} {where}: no row"
    return case.with_table(table, [r.with_(**values) if id(r) in hits else r for r in case[table].records])


def scaled(case: Case, table: str, column: str, factor: float) -> Case:
    """A copy of a case with a number column of a table multiplied; blanks stay blank."""
    records = case[table].records
    return case.with_table(
        table, [r if r[column] is None else r.with_(**{column: r[column] * factor}) for r in records]
    )


def with_rows(case: Case, table: str, more: Iterable[Mapping[str, Any]]) -> Case:
    """A copy of a case with further rows in a table."""
    return case.with_table(table, [*case[table].records, *more])
