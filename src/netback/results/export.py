"""A solution as files: tidy CSV tables and one JSON with versions and settings."""

from __future__ import annotations

import json
import math
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from netback.errors import DataError, Finding
from netback.io.atomic import write_files
from netback.results.solution import Solution


def as_json_text(solution: Solution) -> str:
    """The whole solution as JSON. Numbers that are not finite read null: JSON has no word for them."""
    return json.dumps(_finite(solution.to_dict()), indent=1, ensure_ascii=False, allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def files(solution: Solution) -> dict[str, str]:
    """File names and contents: ``solution.json`` and one CSV per table that has rows."""
    contents = {"solution.json": as_json_text(solution) + "\n"}
    contents |= {f"{name}.csv": table.to_csv() for name, table in solution.tables.items() if len(table)}
    return contents


def write_folder(folder: Path, contents: Mapping[str, str | bytes]) -> None:
    """Write files into a folder. One that is new or empty appears whole or not at all, even if the run is killed.

    Into a folder that holds files they go one by one, each whole; see :func:`netback.io.atomic.write_files`.

    Raises
    ------
    DataError
        If the folder cannot be made or a file cannot be written.
    """
    if folder.is_dir() and any(folder.iterdir()):
        write_files(folder, contents)
        return
    target = folder.absolute()
    made: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # A neighbour, so that the move stays on one disk; a leading dot keeps what a killed run leaves out of sight.
        made = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent))
        write_files(made, contents)
        # mkdtemp gives the folder to its owner alone.
        made.chmod(folder.stat().st_mode if folder.is_dir() else target.parent.stat().st_mode & 0o777)
        made.replace(target)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        hint = "Check the folder, its permissions and the free space."
        raise DataError(Finding(str(folder), f"the files cannot be written: {reason}.", hint)) from None
    finally:
        if made is not None:
            shutil.rmtree(made, ignore_errors=True)
