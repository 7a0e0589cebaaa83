"""The pages about the tables: current, complete and sound Markdown."""

from __future__ import annotations

from pathlib import Path

import pytest

from netback.case.case import CASE_KEYS
from netback.case.documentation import facts_of, markdown, meaning_of, readme
from netback.case.schema import TABLES

PAGE = Path(__file__).resolve().parents[3] / "docs" / "tables.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == markdown(), "run: netback tables --markdown > docs/tables.md"


@pytest.mark.parametrize("name", list(TABLES))
def test_every_table_and_column_is_explained(name: str) -> None:
    section = markdown().split(f"\n## {name}\n", 1)[1].split("\n## ", 1)[0]
    for column in TABLES[name].columns:
        assert f"| {column.name} |" in section
    assert f"\n## {name}.csv\n" in readme("x")


def test_every_key_of_case_yaml_is_explained() -> None:
    section = markdown().split("\n## case.yaml\n", 1)[1].split("\n## ", 1)[0]
    assert all(f"| {key.name} |" in section for key in CASE_KEYS)


def test_rows_of_a_markdown_table_have_equal_cells() -> None:
    width = 0
    for line in markdown().splitlines():
        if not line.startswith("|"):
            width = 0
            continue
        cells = line.replace("\\|", "").count("|")
        assert width in (0, cells), line
        width = cells


def test_facts_and_meaning() -> None:
    offers = TABLES["offers"].by_name
    assert facts_of(offers["tranche"]) == ["integer", "1 if blank"]
    assert facts_of(offers["stream"]) == ["name", "must be given"]
    assert facts_of(offers["price_basis"]) == ["fob or delivered", "delivered if blank"]
    assert meaning_of(offers["stream"]).endswith("a stream of streams.csv")


def test_links_lead_to_headings() -> None:
    page = markdown()
    assert all(f"[{name}](#{name})" in page for name in TABLES)
