"""Run the code of docs/quickstart.ipynb, cell after cell, and store what each really shows.

A cell shows what it prints and the value of its last line, as text. ``python tools/build_notebook.py`` writes the file;
the tests run the same code and compare.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
from pathlib import Path
from typing import Any

import pandas

NOTEBOOK = Path(__file__).resolve().parents[1] / "docs" / "quickstart.ipynb"
WIDTH = 110


def code_cells(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    """Cells of code in order."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def shown(source: str, names: dict[str, Any]) -> str:
    """Run one cell in a namespace; what it prints and the value of its last line."""
    tree = ast.parse(source)
    last = tree.body[-1]
    printed = io.StringIO()
    options = ("display.width", WIDTH, "display.max_columns", None)
    with contextlib.redirect_stdout(printed), pandas.option_context(*options):
        if isinstance(last, ast.Expr):
            exec(compile(ast.Module(tree.body[:-1], []), "cell", "exec"), names)
            value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
            if value is not None:
                print(repr(value))
        else:
            exec(compile(tree, "cell", "exec"), names)
    return printed.getvalue()


def run(notebook: dict[str, Any]) -> list[str]:
    """What every cell of code shows, run in order in one namespace."""
    names: dict[str, Any] = {}
    return [shown("".join(cell["source"]), names) for cell in code_cells(notebook)]


def stored(cell: dict[str, Any]) -> str:
    """What a cell of the file shows."""
    return "".join(line for output in cell["outputs"] for line in output["text"])


def rewritten(notebook: dict[str, Any]) -> str:
    """The file with fresh outputs."""
    for number, (cell, text) in enumerate(zip(code_cells(notebook), run(notebook), strict=True), start=1):
        lines = text.splitlines(keepends=True)
        cell["execution_count"] = number
        cell["outputs"] = [{"name": "stdout", "output_type": "stream", "text": lines}] if lines else []
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    NOTEBOOK.write_text(rewritten(json.loads(NOTEBOOK.read_text("utf-8"))), "utf-8")
