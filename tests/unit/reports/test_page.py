"""The page of a plan: whole, self-contained, well formed, safe against what stands in a case."""

from __future__ import annotations

import math
import re
from html import escape
from html.parser import HTMLParser

import pytest

import planned
from netback.planning.solve import plan
from netback.plots.plan import figures
from netback.reports.page import _rounded, page
from netback.reports.page import _table as _table_html
from netback.results.by_period import by_period
from netback.results.solution import Solution, solution_of
from netback.results.table import ResultTable
from netback.results.told import certificate_text
from tiny import rows, tiny

VOID = {"meta", "br", "img", "hr", "link", "input", "wbr"}


class Reader(HTMLParser):
    """Collects elements, checks that every one is closed, and keeps the text that is shown."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.goes_on = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.goes_on = tag == "wbr"
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        if self.goes_on:
            self.text[-1] += data
        elif self.open and self.open[-1] != "style":
            self.text.append(data)
        self.goes_on = False


def parsed(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


@pytest.fixture(scope="module")
def solution() -> Solution:
    return planned.solution("karachi_2023_september")


@pytest.fixture(scope="module")
def text(solution: Solution) -> str:
    return page(solution, planned.figures("karachi_2023_september"))


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
    assert text.count("<figure>") == 6
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
    found = planned.solution("rtl_refinery")
    assert page(found, planned.figures("rtl_refinery")) == page(found, figures(found))


@pytest.fixture(scope="module")
def months() -> Solution:
    return planned.solution("three_months")


def test_a_plan_of_many_periods_is_told_by_period_first(months: Solution) -> None:
    text = page(months, planned.figures("three_months"))
    reader = parsed(text)
    ids = [attributes["id"] for _, attributes in reader.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    places = [
        text.index(f"<h2>{name}</h2>") for name in ("Figures", "By period", "Over all periods", "Tables")
    ]
    assert places == sorted(places)
    by_period_told = text[places[1] : places[2]]
    for pivot in by_period(months).values():
        if pivot.rows:
            assert f"<details open><summary>{escape(pivot.heading)}</summary>" in by_period_told
            shown = by_period_told[by_period_told.index(escape(pivot.heading)) :].split("</details>")[0]
            assert shown.count("<tr") == len(pivot.lines()) + 1
            assert shown.count("<th") == len(pivot.headings())
            for line in pivot.lines():
                assert shown.count("<td") % len(line) == 0
                assert all(f">{escape(cell.strip())}<" in shown for cell in line)
        for note in pivot.notes:
            assert escape(note) in by_period_told


def test_long_tables_of_many_periods_are_all_there_and_closed(months: Solution) -> None:
    text = page(months, {})
    tables = text[text.index("<h2>Tables</h2>") :]
    assert "<details open>" not in tables
    for table in months.tables.values():
        if len(table):
            assert f"<summary>{table.title} ({len(table)})</summary>" in tables
    over_all = text[text.index("<h2>Over all periods</h2>") : text.index("<h2>Tables</h2>")]
    assert "<summary>Limits that bind (" in over_all
    assert "<summary>Mass balance over the horizon (" in over_all
    assert "e-1" not in over_all


def test_groups_and_sums_stand_out(months: Solution) -> None:
    text = page(months, {})
    assert '<tr class="group"><td>diesel</td>' in text
    assert text.count('<tr class="all">') == 3


def test_a_plan_of_few_periods_has_no_pivots(text: str) -> None:
    assert "By period" not in text
    assert text.count("<details open>") == 4


def test_names_of_a_plan_of_many_periods_cannot_become_markup() -> None:
    evil = '<b onclick="x">'
    case = tiny(
        periods=[{"period": f"{name}<i>", "days": 1} for name in "abc"],
        offers=rows("offer stream price max", "a a 5 10", "never a 50 10"),
        sales=rows("sale stream price", "a a 9"),
    )
    named = [row.with_(offer=evil + row["offer"]) for row in case["offers"].records]
    reader = parsed(page(solution_of(plan(case.with_table("offers", named))), {}))
    assert not {"b", "i"} & {tag for tag, attributes in reader.elements if attributes}
    assert any(evil in part for part in reader.text)
    assert any("a<i>" in part for part in reader.text)


def _table(columns: list[tuple[str, str, str]], rows: list[tuple[object, ...]]) -> str:
    return _table_html(ResultTable.of("t", "T", columns, rows), opened=True)


def test_numbers_of_one_uom_share_decimals_and_small_ones_are_not_told_as_nothing() -> None:
    shown = _table([("price", "USD/t", "")], [(97.9368,), (94.4,), (0.0001,), (None,), (0.0,)])
    assert re.findall(r'class="n">([^<]+)</td>', shown) == ["97.94", "94.40", "0.0001", "0.00"]


def test_numbers_of_several_uom_have_decimals_of_their_own() -> None:
    shown = _table([("value", "", "")], [(0.8257,), (102.7,), (-5.7e-13,), (1_232_827.4,)])
    assert re.findall(r'class="n">([^<]+)</td>', shown) == ["0.8257", "102.7", "0", "1,232,827"]


def test_a_uom_that_rows_name_is_told_where_all_have_the_same() -> None:
    columns = [("price", "USD/price_per", ""), ("price_per", "", "")]
    assert "[USD/bbl]" in _table(columns, [(80.0, "bbl"), (90.0, "bbl")])
    mixed = _table(columns, [(80.0, "bbl"), (120.0, "MWh")])
    assert "[USD per its uom]" in mixed
    assert mixed.index(">price per<") < mixed.index(">price<")


def test_the_page_forbids_the_browser_to_fetch_or_run(text: str) -> None:
    policy = next(a["content"] for tag, a in parsed(text).elements if tag == "meta" and "http-equiv" in a)
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def test_the_proof_stands_under_the_title_as_in_the_terminal(text: str, solution: Solution) -> None:
    for line in certificate_text(solution).splitlines():
        assert escape(line) in text


def test_a_name_that_is_the_same_in_every_row_is_told_once() -> None:
    columns = [
        ("period", "", ""),
        ("offer", "", ""),
        ("uom", "", ""),
        ("quantity", "row", ""),
        ("share", "%", ""),
    ]
    shown = _table(columns, [("2023-09", "a", "t", 1.0, 5.0), ("2023-09", "b", "t", 2.0, 5.0)])
    assert "In every row: period 2023-09, uom t." in shown
    assert "<th" + ' title="">period' not in shown
    assert ">quantity<i>[t]</i>" in shown
    # Numbers stay in their rows, and one row has everything in it.
    assert shown.count(">5<") == 2
    alone = _table(columns, [("2023-09", "a", "t", 1.0, 5.0)])
    assert "In every row" not in alone
    assert ">2023-09<" in alone


def test_long_names_may_go_on_in_the_next_line_and_days_may_not() -> None:
    shown = _table(
        [("offer", "", ""), ("day", "", ""), ("source", "", ""), ("note", "", "")],
        [("arab_light_term", "2023-09-01", "CAR-018;CAR-013", "x" * 60), ("b", "2023-10-01", "", "")],
    )
    assert '<td class="w">arab_<wbr>light_<wbr>term</td>' in shown
    assert "<td>2023-09-01</td>" in shown
    assert "CAR-018;<wbr>CAR-013" in shown
    assert '<td class="l">' in shown
    evil = _table([("offer", "", "")], [("a_<b>&amp;_c",), ("b",)])
    assert "a_<wbr>&lt;b&gt;&amp;amp;<wbr>_<wbr>c" in evil


def test_the_certificate_has_separators_and_no_idle_digits(text: str, solution: Solution) -> None:
    told = text[text.index("<h2>Certificate and settings</h2>") :]
    value, bound = solution.certificate.value, solution.certificate.bound
    assert value is not None
    assert bound is not None
    assert f"<th>value [USD]</th><td>{value:,.0f}</td>" in told
    assert f"<th>bound [USD]</th><td>{bound:,.0f}</td>" in told
    assert str(value) not in told
    assert not re.findall(r"<td>[-0-9.e+]*[0-9]{7}[-0-9.e+]*</td>", told)
    assert f"<td>{solution.facts['nonzeros']:,}</td>" in told
    lines = solution.facts["scaling"].splitlines()
    assert len(lines) > 3
    assert "<br>".join(map(escape, lines)) in told
    assert "solution.json" in told


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0"),
        (0, "0"),
        (1225, "1,225"),
        (11914604.382989649, "11,914,604"),
        (-1234.5, "-1,234"),
        (0.233194, "0.2332"),
        (5.627985891671608e-15, "5.6e-15"),
        (1e-06, "1e-06"),
        (2.5e17, "2.5e+17"),
        (math.inf, "inf"),
    ],
)
def test_numbers_of_the_certificate(value: float, shown: str) -> None:
    assert _rounded(value) == shown
