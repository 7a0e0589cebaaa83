"""MPS: exact round trips, readable safe names, agreement with HiGHS's own reader, refusals with their line."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import highspy
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from program_cases import INF, blend, dense, programs, refinery

from netback.errors import DataError
from netback.program.builder import Builder
from netback.program.highs import solve
from netback.program.index import Index
from netback.program.mps import read_mps, safe_names, write_mps
from netback.program.problem import Problem


def text_of(problem: Problem) -> str:
    file = io.StringIO()
    write_mps(problem, file)
    return file.getvalue()


def again(problem: Problem) -> Problem:
    return read_mps(io.StringIO(text_of(problem)))


def same(first: Problem, second: Problem) -> bool:
    vectors = ("objective", "row_lower", "row_upper", "column_lower", "column_upper", "integer")
    terms = ("rows", "columns_a", "columns_b", "coefficients")
    return (
        (first.sense, first.offset, first.shape) == (second.sense, second.offset, second.shape)
        and all(np.array_equal(getattr(first, name), getattr(second, name)) for name in vectors)
        and np.array_equal(first.matrix.indptr, second.matrix.indptr)
        and np.array_equal(first.matrix.indices, second.matrix.indices)
        and np.array_equal(first.matrix.data, second.matrix.data)
        and all(
            np.array_equal(getattr(first.products, name), getattr(second.products, name)) for name in terms
        )
    )


HEAD = "NAME t\nROWS\n N obj\n G r\n L s\nCOLUMNS\n x obj 1 r 2\n y s 3\n"


def test_names_are_the_labels() -> None:
    text = text_of(refinery())
    assert " G sale_min[jet,2023-09]\n" in text
    assert "    run[urals] balance[jet] 0.1\n" in text
    assert "OBJSENSE\n    MAX\n" in text
    assert " UP BOUND run[arab] 40.0\n" in text


def test_netlib_blend_round_trip() -> None:
    problem = blend()
    read = again(problem)
    assert same(problem, read)
    assert [read.row_label(i) for i in range(3)] == ["row[1]", "row[2]", "row[3]"]
    assert solve(read).objective == pytest.approx(-30.812149845828, abs=1e-8)


_any = st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=True)


@st.composite
def awkward(draw: Any) -> Problem:
    rows, columns = draw(st.integers(1, 4)), draw(st.integers(1, 4))

    def bounds() -> tuple[float, float]:
        low, high = sorted((draw(_any), draw(_any)))
        kind = draw(st.sampled_from(["both", "equal", "lower", "upper", "none", "zero"]))
        if kind == "zero":
            return 0.0, abs(high)
        ends = {"both": (low, high), "equal": (low, low), "lower": (low, INF), "upper": (-INF, high)}
        return ends.get(kind, (-INF, INF))

    row_bounds = [bounds() for _ in range(rows)]
    column_bounds = [bounds() for _ in range(columns)]
    builder = Builder("awk ward", draw(st.sampled_from(["min", "max"])))
    names = st.text(st.characters(codec="utf-8", exclude_categories=("C",)), max_size=5)
    row_names = draw(st.lists(names, min_size=rows, max_size=rows, unique=True))
    column_names = draw(st.lists(names, min_size=columns, max_size=columns, unique=True))
    row = builder.constraints(
        "row", Index.of("r", row_names), [low for low, _ in row_bounds], [high for _, high in row_bounds]
    )
    column = builder.variables(
        "x",
        Index.of("c", column_names),
        [low for low, _ in column_bounds],
        [high for _, high in column_bounds],
        draw(st.lists(st.booleans(), min_size=columns, max_size=columns)),
    )
    table = np.array(draw(st.lists(_any, min_size=rows * columns, max_size=rows * columns)))
    keep = np.array(draw(st.lists(st.booleans(), min_size=rows * columns, max_size=rows * columns)))
    builder.add_terms(
        row.ids[:, None], column.ids[None, :], np.where(keep, table, 0.0).reshape(rows, columns)
    )
    builder.add_costs(column.ids, draw(st.lists(_any, min_size=columns, max_size=columns)))
    builder.add_offset(draw(_any))
    for _ in range(draw(st.integers(0, 3))):
        pick = [draw(st.integers(0, size - 1)) for size in (rows, columns, columns)]
        builder.add_products(*pick, draw(st.floats(1e-100, 1e100)))
    return builder.build()


@given(awkward())
def test_round_trip_is_exact_to_the_last_bit(problem: Problem) -> None:
    read = again(problem)
    assert same(problem, read)
    second = again(read)
    assert same(read, second)
    assert text_of(read) == text_of(second)


@given(programs(), st.booleans())
def test_highs_reads_the_same_program(
    tmp_path_factory: pytest.TempPathFactory, problem: Problem, whole: bool
) -> None:
    problem = problem.with_(integer=whole)
    path = tmp_path_factory.mktemp("mps") / "problem.mps"
    write_mps(problem, path)
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    assert solver.readModel(str(path)) == highspy.HighsStatus.kOk
    lp = solver.getLp()
    assert np.array_equal(lp.col_cost_, problem.objective)
    assert np.array_equal(lp.col_lower_, problem.column_lower)
    assert np.array_equal(lp.col_upper_, problem.column_upper)
    assert lp.offset_ == problem.offset
    assert (lp.sense_ == highspy.ObjSense.kMaximize) == (problem.sense == "max")
    bounded = np.isfinite(problem.row_lower) | np.isfinite(problem.row_upper)
    assert np.array_equal(lp.row_lower_, problem.row_lower[bounded])
    assert np.array_equal(lp.row_upper_, problem.row_upper[bounded])


def test_range_that_one_number_cannot_say() -> None:
    problem = dense("min", [1.0], [[1.0]], -0.3, 0.4)
    assert -0.3 + (0.4 + 0.3) != 0.4
    text = text_of(problem)
    assert "*NETBACK RANGE row[r0] -0.3 0.4\n" in text
    assert same(problem, again(problem))


def test_range_that_one_number_can_say_has_no_comment() -> None:
    assert "*NETBACK" not in text_of(dense("min", [1.0], [[1.0]], 1.0, 3.0))


def test_integer_columns_state_both_bounds() -> None:
    text = text_of(dense("min", [1.0, 1.0], [[1.0, 1.0]], 0.0, 1.0, 0.0, [INF, 3.0], [True, False]))
    assert "    MARKER 'MARKER' 'INTORG'\n    x[c0]" in text
    assert " PL BOUND x[c0]\n UP BOUND x[c1] 3.0\n" in text


def test_names_are_safe_and_unique() -> None:
    assert safe_names(["Arab Light", "Arab_Light", "Arab\tLight", "", " ", "$x", "*y", "x"]) == [
        "Arab_Light~2",
        "Arab_Light",
        "Arab_Light~3",
        "_",
        "_~2",
        "_$x",
        "_*y",
        "x",
    ]
    assert safe_names(["objective", "objective~2"], ("objective",)) == ["objective~3", "objective~2"]


@given(st.lists(st.text(max_size=4), max_size=12))
def test_safe_names_are_always_unique(labels: list[str]) -> None:
    names = safe_names(labels, ("objective",))
    assert len(set(names)) == len(names)
    assert all(len(name.split()) == 1 and name != "objective" for name in names)


def test_names_with_spaces_round_trip() -> None:
    builder = Builder("Karachi 2023", "max")
    x = builder.variables("buy", Index.of("crude", ["Arab Light", "Arab_Light"]), upper=2.0)
    builder.add_costs(x.ids, [1.0, 2.0])
    problem = builder.build()
    read = again(problem)
    assert [read.column_label(j) for j in range(2)] == ["buy[Arab_Light]~2", "buy[Arab_Light]"]
    assert read.name == "Karachi_2023"
    assert read.objective.tolist() == [1.0, 2.0]


def test_files_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "plan.mps"
    write_mps(refinery(), path)
    assert same(read_mps(str(path)), refinery())
    assert b"\r" not in path.read_bytes()


def test_defaults_of_the_format() -> None:
    problem = read_mps(
        io.StringIO(
            "* comment\nNAME t one\n\nROWS\n N obj\n N other\n E e\nCOLUMNS\n x obj 1.5D+1 e 1\n x other 2\n"
            " M 'MARKER' 'INTORG'\n y e 1\n z e 1\n M 'MARKER' 'INTEND'\n w e -1\n v e 1\n u e 1\n"
            "RHS\n e 4\n RHS obj -7\nRANGES\n R e -3\nBOUNDS\n LO z 2\n BV B w\n MI B v\n"
            " UP B v 5\n LI B u 1\n UI B u 9\nENDATA\n"
        )
    )
    assert problem.name == "t one"
    assert (problem.sense, problem.offset) == ("min", 7.0)
    assert problem.objective.tolist() == [15.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    assert problem.row_lower.tolist() == [-INF, 1.0]
    assert problem.row_upper.tolist() == [INF, 4.0]
    assert problem.column_lower.tolist() == [0.0, 0.0, 2.0, 0.0, -INF, 1.0]
    assert problem.column_upper.tolist() == [INF, 1.0, INF, 1.0, 5.0, 9.0]
    assert problem.integer.tolist() == [False, True, True, True, False, True]
    assert problem.row_label(0) == "other"


@pytest.mark.parametrize(
    ("kind", "width", "expected"),
    [("E", 3.0, (4.0, 7.0)), ("E", -3.0, (1.0, 4.0)), ("G", -3.0, (4.0, 7.0)), ("L", 3.0, (1.0, 4.0))],
)
def test_ranges_by_row_type(kind: str, width: float, expected: tuple[float, float]) -> None:
    text = f"NAME\nROWS\n N o\n {kind} r\nCOLUMNS\n x r 1\nRHS\n r 4\nRANGES\n r {width}\nENDATA\n"
    problem = read_mps(io.StringIO(text))
    assert (problem.row_lower[0], problem.row_upper[0]) == expected


@pytest.mark.parametrize("line", ["OBJSENSE MAX", "OBJSENSE\n  MAXIMIZE", "OBJSENSE\n max"])
def test_sense_in_every_spelling(line: str) -> None:
    assert read_mps(io.StringIO(f"NAME\n{line}\nROWS\n N o\nCOLUMNS\n x o 1\nENDATA\n")).sense == "max"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "ends without ENDATA"),
        (HEAD, "ends without ENDATA. The file may be cut short"),
        ("NAME t\nROWS\n L r\nCOLUMNS\n x r 1\nENDATA\n", "has no N row, so no objective"),
        ("ROWZ\nENDATA\n", r'line 1: unknown section "ROWZ". Closest name: "ROWS"'),
        ("SOS\nENDATA\n", 'unknown section "SOS"'),
        (" x obj 1\nENDATA\n", "line 1: a data line in section none"),
        ("NAME t\n x obj 1\nENDATA\n", "line 2: a data line in section NAME"),
        ("OBJSENSE\n UP\nENDATA\n", 'sense "UP" is neither MIN nor MAX'),
        ("ROWS\n Q r\nENDATA\n", 'row type "Q" is none of N, E, L, G'),
        ("ROWS\n N r\n L r\nENDATA\n", 'row "r" stands twice'),
        ("ROWS\n N my row\nENDATA\n", "3 fields where 2 are needed. Names in free MPS have no spaces"),
        (HEAD + " x rr 1\nENDATA\n", r'line 9: unknown row "rr". Closest name: "r"'),
        (HEAD + " x r 1\nENDATA\n", 'row "r" of column "x" stands twice'),
        (HEAD + " x obj 1\nENDATA\n", 'the cost of column "x" stands twice'),
        (HEAD + " x r\nENDATA\n", "2 fields where 3 are needed"),
        (HEAD + " z r one\nENDATA\n", '"one" is not a number'),
        (HEAD + " z r nan\nENDATA\n", '"nan" is not a number'),
        (HEAD + " M 'MARKER' 'SOSORG'\nENDATA\n", "marker 'SOSORG' is neither"),
        (HEAD + "RHS\n A r 1\n B s 1\nENDATA\n", 'a second set "B" in RHS after "A". Keep one set'),
        (HEAD + "RHS\n r\nENDATA\n", "fields where 2 are needed"),
        (HEAD + "RANGES\n R obj 1\nENDATA\n", 'row "obj" is of type N and takes no range'),
        (HEAD + "BOUNDS\n XX B x 1\nENDATA\n", 'bound type "XX" is none of'),
        (HEAD + "BOUNDS\n UP B q 1\nENDATA\n", 'unknown column "q"'),
        (HEAD + "BOUNDS\n UP x\nENDATA\n", "2 fields where 3 are needed"),
        (
            HEAD + "BOUNDS\n UP B x -1\nENDATA\n",
            'column "x" has an upper bound below zero and no lower bound',
        ),
        (HEAD + "BOUNDS\n LO B x 3\n UP B x 2\nENDATA\n", "bounds from 3.0 to 2.0 hold no number"),
        (HEAD + "QCMATRIX q\n x y 1\nENDATA\n", 'unknown row "q"'),
        (HEAD + "QCMATRIX r\n x 1\nENDATA\n", "2 fields where 3 are needed"),
        (HEAD + " z r inf\nENDATA\n", "coefficient inf of z is not a finite number"),
    ],
)
def test_faults_name_their_line(text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_mps(io.StringIO(text))


def test_faults_come_together_and_stop_at_twenty() -> None:
    with pytest.raises(DataError) as caught:
        read_mps(io.StringIO(HEAD + " x bad 1\n" * 50 + "ENDATA\n"))
    assert len(caught.value.findings) == 20


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none.mps: cannot be opened: No such file"):
        read_mps(tmp_path / "none.mps")
    with pytest.raises(DataError, match="cannot be opened"):
        write_mps(refinery(), tmp_path / "no" / "folder.mps")
    path = tmp_path / "latin.mps"
    path.write_bytes("NAME Größe\n".encode("latin-1"))
    with pytest.raises(DataError, match=r"latin.mps: is not UTF-8 at byte 7. Save it as UTF-8"):
        read_mps(path)


@given(st.text(alphabet="NAMEROWSCLUHBDT xrobj0123.-+'\n*$", max_size=200))
def test_reader_never_fails_otherwise(text: str) -> None:
    with pytest.raises(DataError) as caught:
        read_mps(io.StringIO(text))
    assert caught.value.findings
