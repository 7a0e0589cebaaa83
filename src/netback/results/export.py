"""A solution as files: tidy CSV tables and one JSON with versions and settings."""

from __future__ import annotations

import json
import math
from typing import Any

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
