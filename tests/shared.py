"""Where the shared data lie: beside the repository. Tests that read them are skipped, with a reason, where absent."""

from __future__ import annotations

from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


def shared(relative: str) -> Path:
    """Path below the shared folder beside the repository; skips the test when it is not there."""
    path = REPOSITORY.parent / "shared" / relative
    if not path.exists():
        pytest.skip(f"shared/{relative} is not beside this checkout")
    return path
