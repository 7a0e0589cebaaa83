"""A sound case with a few cells changed gives a plan or findings, never another error."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from equations.test_golden_plant import CASES as PLANT
from equations.test_golden_supply import CASES as SUPPLY
from netback.case.case import Case
from netback.case.schema import TABLES, Column
from netback.errors import Finding, NetbackError
from netback.planning.solve import plan

CASES = {name: make() for name, make in {**PLANT, **SUPPLY}.items()}
NUMBERS = st.sampled_from(["", "0", "-1", "1", "0.5", "3", "1e9", "1e-9", "1e15"])
NAMES = st.sampled_from(
    ["", "A", "B", "Q", "X", "Y", "Z", "U", "P1", "P2", "a", "nobody", "b", "normal", "crude"]
)
UOMS = st.sampled_from(["", "t", "kt", "bbl", "kbd", "t/d", "t/h", "m3", "kWh", "each", "scf"])
PRICES = st.sampled_from(["", "USD/t", "USD/bbl", "PKR/l", "EUR/t", "%", "USD/kWh"])
PROPERTIES = st.sampled_from(
    ["sulfur_wt_pct", "ron", "flash_c", "viscosity_cst_50c", "density_t_per_m3", "hue"]
)


def cell(column: Column) -> st.SearchStrategy[str]:
    """Something that may stand in a column, sensible or not."""
    if column.type in ("number", "integer"):
        return NUMBERS
    if column.type == "choice":
        return st.sampled_from(["", *column.choices])
    if column.type in ("uom", "price"):
        return UOMS if column.type == "uom" else PRICES
    return PROPERTIES if column.name == "property" else NAMES


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, dict[str, list[dict[str, Any]]]]:
    """Tables of a golden case with one to three cells changed, or a row left out or doubled."""
    name = draw(st.sampled_from(sorted(CASES)))
    tables = {
        key: [dict(row) for row in table.records] for key, table in CASES[name].tables.items() if len(table)
    }
    for _ in range(draw(st.integers(1, 3))):
        table = draw(st.sampled_from(sorted(key for key, lines in tables.items() if lines)))
        row = draw(st.integers(0, len(tables[table]) - 1))
        action = draw(st.sampled_from(["set", "set", "set", "drop", "double"]))
        if action == "drop":
            del tables[table][row]
        elif action == "double":
            tables[table].append(dict(tables[table][row]))
        else:
            column = draw(
                st.sampled_from([c for c in TABLES[table].columns if c.name not in ("status", "source")])
            )
            tables[table][row][column.name] = draw(cell(column))
        if not any(tables.values()):
            break
    return name, tables


@settings(max_examples=40)
@given(mutated())
def test_a_changed_case_gives_a_plan_or_findings(made: tuple[str, dict[str, list[dict[str, Any]]]]) -> None:
    name, tables = made
    told: tuple[Finding, ...] = ()
    try:
        found = plan(Case.of(name, tables, currency="USD", flow_uom="t"), time_limit=5.0)
    except NetbackError as error:
        told = error.findings
    if told:
        assert all(finding.what for finding in told)
        return
    certificate = found.certificate
    assert certificate.word in ("proven", "proven infeasible", "unbounded", "feasible", "not solved")
    assert certificate.word != "proven" or certificate.gap is not None or certificate.value is not None
