"""The page of a plan: whole, self-contained, well formed, safe against what stands in a case."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from netback.io.folder import read_case
from netback.planning.solve import plan
from netback.plots.plan import figures
from netback.reports.page import page
from netback.results.solution import Solution, solution_of
from tiny import rows, tiny

VOID = {"meta", "br", "img", "hr", "link", "input"}


class Reader(HTMLParser):
    """Collects elements, checks that every one is closed, and keeps the text that is shown."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.text.append(data)


def parsed(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


@pytest.fixture(scope="module")
def solution() -> Solution:
    return solution_of(plan(read_case("karachi_2023_september")))


@pytest.fixture(scope="module")
def text(solution: Solution) -> str:
    return page(solution, figures(solution))


def test_every_element_is_closed_and_no_id_stands_twice(text: str) -> None:
    reader = parsed(text)
    ids = [attributes["id"] for _, attributes in reader.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert text.startswith("<!doctype html>\n")
    assert text.endswith("</body></html>\n")


def test_what_is_referred_to_is_there(text: str) -> None:
    ids = set(re.findall(r'\bid="([^"]+)"', text))
    referred = set(re.findall(r'href="#([^"]+)"', text)) | set(re.findall(r"url\(#([^)]+)\)", text))
    assert referred
    assert referred <= ids


def test_nothing_is_fetched_and_nothing_runs(text: str) -> None:
    reader = parsed(text)
    tags = {tag for tag, _ in reader.elements}
    assert not tags & {
        "script",
        "link",
        "img",
        "iframe",
        "object",
        "embed",
        "base",
        "form",
        "audio",
        "video",
        "source",
    }
    for tag, attributes in reader.elements:
        assert not [name for name in attributes if name.startswith("on")], tag
        assert not {"src", "srcset", "action", "background", "poster"} & set(attributes), tag
        for name in ("href", "xlink:href"):
            assert (attributes.get(name) or "#").startswith("#"), (tag, attributes[name])
    style = "".join(re.findall(r"<style.*?</style>", text, re.DOTALL)) + "".join(
        re.findall(r'style="[^"]*"', text)
    )
    assert "@import" not in style
    assert all(target.startswith("#") for target in re.findall(r"url\(([^)]+)\)", style))


def test_the_answers_are_in_it(text: str, solution: Solution) -> None:
    shown = " ".join(parsed(text).text)
    assert f"{solution.economics.margin:,.0f} USD" in shown
    for word in ("Purchases (6)", "urals_primorsk", "proven", "highspy", "From product value", "segregated"):
        assert word in shown or word in text, word
    assert text.count("<figure>") == 5
    assert "nan" not in shown.split()
    assert "None" not in shown


def test_every_table_with_rows_is_there_with_its_rows(text: str, solution: Solution) -> None:
    for table in solution.tables.values():
        if len(table):
            assert f"<summary>{table.title} ({len(table)})</summary>" in text
    cells = sum(len(table) for table in solution.tables.values())
    assert text.count("<tr><td") >= cells


def test_columns_without_a_value_are_left_out_and_blanks_are_blank() -> None:
    case = tiny(
        flow_uom="bbl",
        offers=rows("offer stream price max", "a a 5 10"),
        sales=rows("sale stream price", "a a 9"),
    )
    shown = page(solution_of(plan(case)), {})
    sales = shown[shown.index("<summary>Sales") :].split("</details>")[0]
    assert ">mass<" not in sales
    assert ">market<" not in sales
    assert ">volume<i>[bbl]</i>" in sales


def test_what_stands_in_a_case_cannot_become_markup() -> None:
    evil = '<script>alert("1")</script>&'
    case = tiny(offers=rows("offer stream price max", "a a 5 10"), sales=rows("sale stream price", "a a 9"))
    case = case.with_(title=evil)
    case = case.with_table(
        "sales", [r.with_(market='"><img src=x onerror=1>') for r in case["sales"].records]
    )
    found = solution_of(plan(case))
    shown = page(found, figures(found))
    reader = parsed(shown)
    assert not {"script", "img"} & {tag for tag, _ in reader.elements}
    assert evil in "".join(reader.text)


def test_the_same_plan_gives_the_same_page() -> None:
    found = solution_of(plan(read_case("rtl_refinery")))
    assert page(found, figures(found)) == page(found, figures(found))
