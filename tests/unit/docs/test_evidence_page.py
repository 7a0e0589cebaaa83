"""docs/evidence.md: its output is real, its figures are those of the output, its example works as printed."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from netback.evidence.checks import check_register
from netback.evidence.readings import Reckoner
from netback.evidence.verdicts import verify
from netback.io.register import read_register
from netback.results.answers_corridor import corridor_providers
from shared import REPOSITORY
from small_register import claim, register

PAGE = (REPOSITORY / "docs" / "evidence.md").read_text("utf-8")
TOOL = runpy.run_path(str(REPOSITORY / "tools" / "build_readme.py"))
BLOCKS = TOOL["blocks"](PAGE)


@pytest.mark.parametrize("command", BLOCKS)
def test_output_on_the_page_is_real(command: str) -> None:
    assert BLOCKS[command] == TOOL["output"](command), "run: python tools/build_readme.py"


def test_the_figures_of_recall_and_precision_are_those_of_the_output() -> None:
    printed = BLOCKS["netback contradictions"]
    found, listed = re.search(r"(\d+) of (\d+) listed", printed).groups()  # type: ignore[union-attr]
    hits, beyond = re.search(r"(\d+) hits; (\d+) beyond", printed).groups()  # type: ignore[union-attr]
    assert f"{found} of the {listed} listed pairs" in PAGE
    assert f"{hits} hits. {int(hits) - int(beyond)} are on listed pairs" in PAGE
    for count, word in re.findall(
        r"(\d+) (both can hold|contradiction|false alarm)", printed.splitlines()[-1]
    ):
        told = {
            "both can hold": f"{count} can both hold",
            "contradiction": f"{count} are real",
            "false alarm": f"{count} are false",
        }
        assert told[word] in " ".join(PAGE.split())


def example(start: str) -> str:
    """The fenced table that begins with these words."""
    block = next(part for part in re.findall(r"```\n(.*?)```", PAGE, re.S) if start in part)
    return next(table for table in block.strip().split("\n\n") if table.startswith(start)) + "\n"


def test_the_example_works_as_printed(tmp_path: Path) -> None:
    starts = {
        "claims": "claim,statement",
        "sources": "source,title",
        "calculations": "claim,reading",
        "calculation_inputs": "claim,input",
    }
    for name, start in starts.items():
        (tmp_path / f"{name}.csv").write_text(example(start), encoding="utf-8")
    register = read_register(tmp_path)
    assert check_register(register) == []
    (verdict,) = verify(register, "MY-03")
    assert verdict.word == "reproduced"
    assert verdict.agreeing == {"at the stated rate"}
    assert len(verdict.readings) == 2


def test_the_functions_on_the_page_are_those_of_the_language() -> None:
    from netback.evidence.language import FUNCTIONS

    listed = re.search(r"and functions: `([^`]+)`", " ".join(PAGE.split()))
    assert listed is not None
    assert listed[1].split() == list(FUNCTIONS)


def test_expected_outcomes_on_the_page_name_every_claim_once() -> None:
    section = PAGE.split("## The thirty claims", 1)[1].split("What to know", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith(("| re", "| ch", "| in"))]
    rows = [line.split("|") for line in lines]
    numbers = [number for row in rows for number in re.findall(r"\d\d", row[2])]
    assert sorted(numbers) == [f"{n:02d}" for n in range(1, 31)]
    words = {"reproduce": "reproduced", "challenge": "challenged", "refute": "refuted", "infer": "inferred"}
    for row in rows:
        first = row[1].split()[0]
        told = "challenged" if "only with" in row[1] else words[first]
        assert row[3].strip().startswith(told), row


#: Calls of providers as the page prints them, and the number or word that they give.
CALLS = re.findall(
    r"^\| `((?:voyage|largest_cargo_t|lightering_cost_usd_per_bbl|may)\(.*?)`(?:,| \|)", PAGE, re.MULTILINE
)


def test_the_calls_of_providers_on_the_page_answer() -> None:
    assert len(CALLS) == 4
    providers = corridor_providers()
    for call in CALLS:
        made = register([claim("A-01", 1)], [{"claim": "A-01", "expression": call}])
        reading = Reckoner(made, providers).read(made.calculations["A-01"][0])
        assert reading.result is not None, f"{call}: {reading.missing}"
        assert not reading.missing
