"""What the README prints is what the commands print; only the figures of rounding may differ in the last digit."""

from __future__ import annotations

import re
import runpy

import pytest

from shared import REPOSITORY

README = REPOSITORY / "README.md"
TOOL = runpy.run_path(str(REPOSITORY / "tools" / "build_readme.py"))
BLOCKS = TOOL["blocks"](README.read_text("utf-8"))

#: Residuals and gaps at the level of rounding depend on the processor.
ROUNDING = re.compile(r"\d(?:\.\d)?e-\d\d")


def test_the_readme_shows_the_four_answers() -> None:
    assert [command.split()[1] for command in BLOCKS] == ["plan", "compare", "explain", "verify"]


@pytest.mark.parametrize("command", BLOCKS)
def test_output_in_the_readme_is_real(command: str) -> None:
    printed = TOOL["output"](command)
    assert ROUNDING.sub("tiny", BLOCKS[command]) == ROUNDING.sub("tiny", printed), (
        "run: python tools/build_readme.py"
    )


def test_files_that_the_readme_names_exist() -> None:
    named = re.findall(r"\]\(([^)#]+)\)", README.read_text("utf-8"))
    missing = [name for name in named if not name.startswith("http") and not (REPOSITORY / name).exists()]
    assert not missing
