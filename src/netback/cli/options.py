"""Options that several commands take, in the same words."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from netback.cli.common import finite, positive

CaseOrWorkbook = Annotated[
    str, typer.Argument(metavar="CASE", help="Folder or workbook of a case, or the name of a shipped one.")
]
Seed = Annotated[int, typer.Option(min=0, help="What the samples are drawn from.")]
Jobs = Annotated[int | None, typer.Option(min=1, help="Processes; those of the machine unless told.")]
OutFolder = Annotated[Path | None, typer.Option(help="Write tables and figures into this folder.")]
Force = Annotated[bool, typer.Option("--force", help="Write into --out although files are there.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print everything as JSON.")]
Pooling = Annotated[
    str,
    typer.Option(
        metavar="FORM",
        help="segregated, fixed_recipe, recursion or exact (p, pq, source, terminal, stp): how pools.csv mixes.",
    ),
]
TimeLimit = Annotated[float | None, typer.Option(min=0.0, callback=positive, help="Seconds for each solve.")]
Gap = Annotated[
    float | None,
    typer.Option(min=0.0, max=0.5, callback=finite, help="Relative gap at which a plan counts as proven."),
]
