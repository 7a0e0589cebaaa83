"""Write docs/formulation.md from the docstrings of the blocks, in the order in which the plan calls them."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "netback"
REFINERY = (
    "network", "balances", "purchases", "crudes", "units", "yields", "blends", "specs", "rules", "inventory",
    "pools", "pool_matters", "pool_forms", "pool_traces", "pool_traced", "pool_inlets",
    "sales", "limits", "money", "timeline",
)  # fmt: skip
SUPPLY = ("cargoes", "cargo_options", "cargo_terms")
ORDER = (*(f"refinery/{name}.py" for name in REFINERY), *(f"supply/{name}.py" for name in SUPPLY))

HEAD = """# Formulation

The equations of the plan, one block after the other. This page is made from the docstrings of
`src/netback/refinery` and `src/netback/supply` by `tools/build_formulation.py`; a test holds it up to date.
`src/netback/planning/model.py` is the list of what is called: first every variable, then every row, then every cost.

Amounts are in the uom of their stream, money in the currency of the case, and every block of variables and rows runs
over the periods of the horizon. The margin is maximised: sales less their costs, less purchases with all items, less
operating and blending costs, less holding costs, plus closing values, less breakers.
"""


def formulation() -> str:
    """The page as text."""
    parts = [HEAD]
    for name in ORDER:
        docstring = ast.get_docstring(ast.parse((PACKAGE / name).read_text("utf-8"))) or ""
        title, _, rest = docstring.partition("\n")
        heading, _, told = title.partition(": ")
        parts.append(f"## {heading.rstrip('.')}\n\n{_sentence(told)}{_markdown(rest)}\n\n`{name}`\n")
    return "\n".join(parts)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}\n" if text else ""


def _markdown(text: str) -> str:
    """Docstring text as Markdown: indented equations are code already; double back-ticks become single ones."""
    plain = re.sub(r":(?:class|func|meth|mod):`~?([^`]+)`", r"`\1`", text)
    return plain.replace("``", "`").rstrip()


if __name__ == "__main__":
    target = ROOT / "docs" / "formulation.md"
    target.write_text(formulation(), encoding="utf-8")
    sys.stdout.write(f"written: {target.name}\n")
