"""The notebook shows what its code really does; its first cell is five lines."""

from __future__ import annotations

import json
import re
import runpy

import pytest

from shared import REPOSITORY

TOOL = runpy.run_path(str(REPOSITORY / "tools" / "build_notebook.py"))
NOTEBOOK = json.loads((REPOSITORY / "docs" / "quickstart.ipynb").read_text("utf-8"))
CELLS = TOOL["code_cells"](NOTEBOOK)
NUMBER = re.compile(r"-?\d[\d,]*\.?\d*")


@pytest.fixture(scope="module")
def shown() -> list[str]:
    found: list[str] = TOOL["run"](NOTEBOOK)
    return found


def test_words_and_numbers_are_those_of_a_fresh_run(shown: list[str]) -> None:
    assert len(shown) == len(CELLS)
    for cell, text in zip(CELLS, shown, strict=True):
        kept = TOOL["stored"](cell)
        assert NUMBER.sub("#", kept).split() == NUMBER.sub("#", text).split(), (
            "run: python tools/build_notebook.py"
        )
        for one, other in zip(NUMBER.findall(kept), NUMBER.findall(text), strict=True):
            # The last digit of a rounded number may depend on the processor.
            assert float(one.replace(",", "")) == pytest.approx(
                float(other.replace(",", "")), rel=1e-3, abs=1.0
            )


def test_every_cell_shows_something() -> None:
    assert len(CELLS) >= 4
    assert all(TOOL["stored"](cell).strip() for cell in CELLS)


def test_five_lines_from_case_to_value() -> None:
    first = "".join(CELLS[0]["source"])
    assert sum(bool(line.strip()) for line in first.splitlines()) == 5
    assert "read_case" in first
    assert "urals_primorsk" in TOOL["stored"](CELLS[0])


def test_the_file_is_a_notebook_as_others_read_it() -> None:
    assert (NOTEBOOK["nbformat"], NOTEBOOK["metadata"]["language_info"]["name"]) == (4, "python")
    identifiers = [cell["id"] for cell in NOTEBOOK["cells"]]
    assert len(set(identifiers)) == len(identifiers)
    for cell in NOTEBOOK["cells"]:
        needed = {"id", "cell_type", "metadata", "source"}
        needed |= {"outputs", "execution_count"} if cell["cell_type"] == "code" else set()
        assert set(cell) == needed


@pytest.mark.parametrize(
    ("source", "text"),
    [("x = 1\nx + 1", "2\n"), ("print('a')\n'b'", "a\n'b'\n"), ("y = 2", ""), ("print(1)", "1\n")],
)
def test_a_cell_shows_what_it_prints_and_its_last_value(source: str, text: str) -> None:
    assert TOOL["shown"](source, {}) == text


def test_a_cell_that_fails_fails() -> None:
    with pytest.raises(ZeroDivisionError):
        TOOL["shown"]("1 / 0", {})
