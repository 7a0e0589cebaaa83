"""Lets the tests of this folder import ``plants`` beside them, and the shared programs of the folder above."""

from __future__ import annotations

import sys
from pathlib import Path

for folder in (Path(__file__).resolve().parent, Path(__file__).resolve().parents[1]):
    sys.path.insert(0, str(folder))
