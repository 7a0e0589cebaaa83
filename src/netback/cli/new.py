"""``netback new``: the folder of a new case."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from netback.io.folder_writer import copy_case, new_case


def new(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to make.")],
    origin: Annotated[
        str, typer.Option("--from", metavar="CASE", help="Copy this shipped case instead of empty tables.")
    ] = "",
    title: Annotated[str, typer.Option(help="One line that says what the case is about.")] = "",
) -> None:
    """Make the folder of a new case: case.yaml, every table with its heading, and a page that explains them.

    Nothing that exists is overwritten.
    """
    made = copy_case(origin, folder, title) if origin else new_case(folder, title)
    count = sum(1 for path in made.rglob("*") if path.is_file())
    print(f"Made {made} with {count} files.")
    print(f"Next: {'' if origin else 'fill periods.csv and streams.csv, then '}netback check {made}")
