"""The page on rules of law names every row that nobody verified, and its examples hold."""

from __future__ import annotations

import re

from netback.case.schema import TABLES
from netback.case.shipped import SHIPPED_TABLES, shipped_table
from netback.regimes import answer
from shared import REPOSITORY

PAGE = (REPOSITORY / "docs" / "regimes.md").read_text(encoding="utf-8")


def test_every_unverified_row_is_on_the_page_and_no_other() -> None:
    listed = set(re.findall(r"`([a-z]{2}_[a-z0-9_]+)`", PAGE.partition("## What nobody verified")[2]))
    unverified = {
        record.get("exception") or record["rule"]
        for name in ("rules", "rule_exceptions")
        for record in shipped_table(name).records
        if record["standing"] == "unverified"
    }
    assert listed == unverified


def test_the_examples_of_the_page() -> None:
    found = answer(cargo="hsd", origin="Russia", destination="Turkey", seller="trader", on="2025-10-15")
    assert found.words["Russia"] == "forbidden"
    assert found.verdict("Russia").deciding == ("ru_diesel_2025_10",)


def test_tables_and_columns_that_the_page_names_exist() -> None:
    for name in (*SHIPPED_TABLES, "trade_terms"):
        assert f"`{name}`" in PAGE
    columns = {column for name in ("trade_terms", "rules") for column in TABLES[name].column_names}
    for name in (
        "lead_days",
        "bound_by",
        "above_cap",
        "when_unknown",
        "within_period",
        "lifts",
        "replaces",
        "standing",
    ):
        assert name in columns
        assert f"`{name}`" in PAGE
