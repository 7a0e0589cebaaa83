"""The output on the page of values is one that the command could have printed, and its files are there.

Printing it again takes a minute of processor time, so that is left to ``python tools/build_readme.py``.
"""

from __future__ import annotations

import re
import runpy

from netback.io.folder import read_case
from shared import REPOSITORY

PAGE = REPOSITORY / "docs" / "value.md"
TOOL = runpy.run_path(str(REPOSITORY / "tools" / "build_readme.py"))
BLOCKS = TOOL["blocks"](PAGE.read_text("utf-8"))


def test_the_table_has_every_month_of_the_case_with_its_price() -> None:
    (text,) = BLOCKS.values()
    assert max(map(len, text.splitlines())) <= 100
    rows = re.findall(r"^(2023-\d\d) +(\S+) +[0-9,]+ +([0-9.]+) ", text, re.MULTILINE)
    case = read_case("karachi_2023")
    assert sorted({month for month, *_ in rows}) == list(case.horizon.names)
    prices = {
        (record["period"], record["price"])
        for record in case.table("offers").records
        if record["stream"] == "urals"
    }
    assert {(month, float(price)) for month, _, price in rows} <= prices


def test_headrooms_and_verdicts_agree() -> None:
    (text,) = BLOCKS.values()
    told = re.findall(r" (-?[0-9.]+) +[0-9.]+ +[0-9.]+ +(lift|leave)", text)
    assert len(told) == 10
    for room, verdict in told:
        assert (float(room) > 0.0) == (verdict == "lift")


def test_pictures_exist() -> None:
    named = re.findall(r"\]\((images/[^)]+)\)", PAGE.read_text("utf-8"))
    assert named
    assert all((PAGE.parent / name).exists() for name in named)
