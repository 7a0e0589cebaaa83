"""The page of a plan in a real browser without network: it loads, shows its figures and asks for nothing."""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

import planned
from netback.planning.solve import plan
from netback.plots.plan import figures
from netback.reports.page import POLICY, page
from netback.results.by_period import by_period
from netback.results.solution import solution_of
from three_months import three_months

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


@pytest.fixture(scope="module")
def browser() -> str:
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    if found is None:
        pytest.skip("no Chromium is installed")
    return found


def opened(browser: str, profile: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the browser without a window; every name of the network leads nowhere."""
    command = [
        browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", f"--user-data-dir={profile}",
        "--host-resolver-rules=MAP * ~NOTFOUND", *arguments,
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    name = "karachi_2023_september"
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(page(planned.solution(name), planned.figures(name)), encoding="utf-8")
    return path


def test_the_browser_shows_the_page_and_fetches_nothing(browser: str, report: Path, tmp_path: Path) -> None:
    log = tmp_path / "net.json"
    picture = tmp_path / "page.png"
    opened(
        browser, tmp_path / "profile", f"--log-net-log={log}", "--window-size=1200,2400",
        f"--screenshot={picture}", report.as_uri(),
    )  # fmt: skip
    data = picture.read_bytes()
    assert struct.unpack(">II", data[16:24]) == (1200, 2400)
    # A page of figures and tables; an empty or broken one is a tenth of this.
    assert len(data) > 100_000
    assert asked_for(log) == set()


def asked_for(log: Path) -> set[str]:
    """Addresses that the browser asked for, its own housekeeping left out."""
    asked = set(re.findall(r'"url":"((?:https?|wss?)://[^"]+)"', log.read_text(errors="replace")))
    return {url for url in asked if "google" not in url and "gvt1" not in url}


@pytest.mark.parametrize("forbidden", [False, True])
def test_a_request_would_be_seen_and_the_policy_of_the_page_stops_it(
    browser: str, tmp_path: Path, forbidden: bool
) -> None:
    """The control of the test above: a page that does fetch is caught by the log, unless it carries our policy."""
    picture = "http://elsewhere.example/x.png"
    path, log = tmp_path / "page.html", tmp_path / "net.json"
    head = POLICY if forbidden else ""
    path.write_text(f'<!doctype html><head>{head}</head><img src="{picture}">', encoding="utf-8")
    opened(browser, tmp_path / "profile", f"--log-net-log={log}", "--dump-dom", path.as_uri())
    assert asked_for(log) == (set() if forbidden else {picture})


def test_the_browser_finds_the_document_whole(browser: str, report: Path, tmp_path: Path) -> None:
    shown = opened(browser, tmp_path / "profile", "--dump-dom", report.as_uri()).stdout
    assert shown.count("<figure>") == 6
    assert shown.count("<details") == shown.count("</details>") >= 10
    assert "Gross margin" in shown
    assert "<script" not in shown


#: Opens every table and tells those that must be moved sideways.
_WIDE = """<script>
document.querySelectorAll("details").forEach((one) => { one.open = true; });
const wide = [...document.querySelectorAll(".scroll")].filter((one) => one.scrollWidth > one.clientWidth);
const named = wide.map((one) => one.closest("details") ? one.closest("details").innerText : "figure");
document.title = "wide: " + named.map((text) => text.split("\\n")[0]).join("; ");
</script>"""


@pytest.mark.parametrize("name", ["karachi_2023_september", "karachi_2023_tanks", "pike_refinery"])
def test_no_table_is_moved_sideways_on_a_page_of_1200_pixels(browser: str, tmp_path: Path, name: str) -> None:
    text = page(planned.solution(name), planned.figures(name)).replace(POLICY, "")
    path = tmp_path / "measured.html"
    path.write_text(text.replace("</body>", f"{_WIDE}</body>"), encoding="utf-8")
    shown = opened(
        browser, tmp_path / "profile", "--window-size=1200,2400", "--dump-dom", path.as_uri()
    ).stdout
    assert "<title>wide: </title>" in shown


def test_voyages_and_rules_of_law_are_not_moved_sideways_either(browser: str, tmp_path: Path) -> None:
    """A plan with ships has the broadest tables: twenty columns of names, days and numbers."""
    solution = planned.without_worths("hormuz_2026")
    assert {"voyages", "rules"} <= {name for name, table in solution.tables.items() if len(table)}
    path = tmp_path / "ships.html"
    text = page(solution, {}).replace(POLICY, "")
    path.write_text(text.replace("</body>", f"{_WIDE}</body>"), encoding="utf-8")
    shown = opened(
        browser, tmp_path / "profile", "--window-size=1200,2400", "--dump-dom", path.as_uri()
    ).stdout
    assert "<title>wide: </title>" in shown


def test_the_browser_lays_out_the_periods_of_a_long_plan(browser: str, tmp_path: Path) -> None:
    """Every pivot is open and laid out: a page without them is far shorter."""
    solution = solution_of(plan(three_months()))
    path = tmp_path / "months.html"
    drawn = figures(solution)
    assert {"purchases", "sales", "capacity"} <= drawn.keys()
    path.write_text(page(solution, drawn), encoding="utf-8")
    shown = opened(browser, tmp_path / "profile", "--dump-dom", path.as_uri()).stdout
    assert shown.count("<figure>") == len(drawn)
    assert shown.count('<table class="pivot">') == sum(bool(one.rows) for one in by_period(solution).values())
    picture = tmp_path / "page.png"
    opened(browser, tmp_path / "profile", "--window-size=1200,5000", f"--screenshot={picture}", path.as_uri())
    assert struct.unpack(">II", picture.read_bytes()[16:24]) == (1200, 5000)
    assert picture.stat().st_size > 200_000
