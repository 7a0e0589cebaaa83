"""The formulation page follows the docstrings of the blocks."""

from __future__ import annotations

import runpy

from shared import REPOSITORY

PAGE = REPOSITORY / "docs" / "formulation.md"


def test_page_is_what_the_docstrings_say() -> None:
    made = runpy.run_path(str(REPOSITORY / "tools" / "build_formulation.py"))["formulation"]()
    assert PAGE.read_text("utf-8") == made, "run: python tools/build_formulation.py"


def test_every_block_of_equations_stands_on_the_page() -> None:
    text = PAGE.read_text("utf-8")
    model = (REPOSITORY / "src/netback/planning/model.py").read_text("utf-8")
    blocks = {
        line.split()[1].rpartition(".")[2]
        for line in model.splitlines()
        if line.startswith("from netback.refinery.")
    }
    for block in blocks - {"build", "tracing"}:
        assert f"`refinery/{block}.py`" in text
    assert "from netback.supply.cargoes import" in model
    assert "`supply/cargoes.py`" in text
