"""Published planning problems, turned into PIMS tables and read back, reach the optimum that their sources print."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from literature.published import PUBLISHED
from netback.case.case import Case
from netback.cli.main import run
from netback.io.folder import read_case
from netback.io.pims.reading import PimsImport
from netback.planning.solve import plan
from pims_book import Sheets, read, table, williams, write_book


def printed(case: str, scenario: str | None = None) -> float:
    return next(p.value for p in PUBLISHED if (p.case, p.scenario) == (case, scenario))


def value(found: PimsImport, scenario: str | None = None) -> float:
    best = plan(found.case.in_scenario(scenario))
    assert best.certificate.word == "proven"
    assert best.certificate.value is not None
    return best.certificate.value


class TestWilliams:
    """Two crudes, three submodels, blends to octane and vapour pressure, fixed parts and a ratio as submodels."""

    @pytest.mark.parametrize(("rate", "scale"), [("bbl/d", 1.0), ("kbbl/d", 1000.0)])
    def test_the_printed_optimum(self, tmp_path: Path, rate: str, scale: float) -> None:
        found = read(tmp_path, williams(read_case("williams_refinery"), scale), rate, "GBP/bbl")
        assert value(found) == pytest.approx(printed("williams_refinery"), abs=0.01)

    def test_nothing_of_it_is_left_out(self, tmp_path: Path) -> None:
        assert read(tmp_path, williams(read_case("williams_refinery")), "bbl/d", "GBP/bbl").remarks == ()

    def test_import_check_and_plan_on_the_command_line(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        book = write_book(tmp_path / "w.xlsx", williams(read_case("williams_refinery")))
        folder = tmp_path / "w"
        command = ["import", str(book), str(folder), "--pims", "--uom", "bbl/d", "--price-uom", "GBP/bbl"]
        assert run(command) == 0
        assert run(["check", str(folder)]) == 0
        told = capsys.readouterr().out
        assert "0 errors" in told
        assert run(["plan", str(folder)]) == 0
        assert "211,365" in capsys.readouterr().out


#: Tags of the Pike refinery; fuel gas and the operating costs of two units are utilities.
PIKE = {
    "crude": "CRU", "srg": "SRG", "srn": "SRN", "srds": "SRD", "srfo": "SRF", "rfg": "RFG", "ccg": "CCG",
    "ccfo": "CCF", "premium": "PRM", "regular": "REG", "diesel": "DSL", "fuel_oil": "FUO",
}  # fmt: skip
PIKE_UNITS = {"distillation": "DIS", "reformer": "RFM", "cracker": "CRK"}
PIKE_PROPERTIES = {
    "octane": "OCT", "vapour_pressure_psi": "RVP", "density_lb_per_bbl": "DEN", "sulphur_lb_per_bbl": "SUL",
}  # fmt: skip


def pike(case: Case) -> Sheets:
    """The Pike refinery: every unit a submodel, fuel gas sold and operating costs bought as utilities."""
    costs = {r["unit"]: r["cost"] for r in case["modes"].records}
    sheets: Sheets = {
        "BUY": table("BUY", ("MAX", "COST"), [
            [PIKE[r["stream"]], r["offer"], r["max"], r["price"]] for r in case["offers"].records
        ]),
        "SELL": table("SELL", ("MIN", "PRICE"), [
            [PIKE[r["stream"]], r["sale"], r["min"], r["price"]]
            for r in case["sales"].records if r["stream"] in PIKE
        ]),
        "UTILSEL": table("UTILSEL", ("PRICE",), [
            ["FGS", "Fuel gas", r["price"]] for r in case["sales"].records if r["stream"] == "fuel_gas"
        ]),
        "UTILBUY": table("UTILBUY", ("MAX", "COST"), [
            [f"C{tag[:2]}", f"Running {unit}", None, costs[unit]] for unit, tag in PIKE_UNITS.items() if unit in costs
        ]),
        "SUBMODS": table("SUBMODS", (), [[f"S{tag}", unit] for unit, tag in PIKE_UNITS.items()]),
        "CAPS": table("CAPS", ("MAX",), [
            [f"CCAP{PIKE_UNITS[r['unit']]}", "", r["max"]] for r in case["capacities"].records
        ]),
        "BLNMIX": _crossed("BLNMIX", {
            (PIKE[r["component"]], PIKE[r["product"]]): 1 for r in case["blends"].records
        }),
        "BLNPROP": _crossed("BLNPROP", {
            (PIKE[r["stream"]], PIKE_PROPERTIES[r["property"]]): r["value"] for r in case["stream_properties"].records
        }),
        "BLNSPEC": _crossed("BLNSPEC", {
            (letter + PIKE_PROPERTIES[r["property"]], PIKE[r["product"]]): r[end]
            for r in case["specs"].records
            for end, letter in (("min", "N"), ("max", "X")) if r[end] is not None
        }),
        "CASE": [
            ["*TABLE CASE"],
            ["CASE 1", "Octane 83"], ["TABLE BLNSPEC"], ["", "TEXT", "REG"], ["NOCT", "", 83],
            ["CASE 2", "Cracker down"], ["TABLE UTILBUY"], ["", "TEXT", "MAX"], ["CCR", "", 0],
        ],
    }  # fmt: skip
    for unit, tag in PIKE_UNITS.items():
        sheets[f"S{tag}"] = _pike_unit(case, unit, tag, unit in costs)
    return sheets


def _crossed(name: str, cells: dict[tuple[str, str], Any]) -> list[list[Any]]:
    rows, columns = dict.fromkeys(row for row, _ in cells), list(dict.fromkeys(column for _, column in cells))
    return table(
        name, columns, [[row, "", *(cells.get((row, column)) for column in columns)] for row in rows]
    )


def _pike_unit(case: Case, unit: str, tag: str, costs: bool) -> list[list[Any]]:
    cells: dict[tuple[str, str], float] = {}
    for r in case["yields"].records:
        if r["unit"] == unit:
            feed = PIKE[r["feed"]]
            cells[f"VBAL{feed}", feed] = 1.0
            row = "UBALFGS" if r["product"] == "fuel_gas" else f"VBAL{PIKE[r['product']]}"
            cells[row, feed] = -r["yield"]
            cells[f"CCAP{tag}", feed] = 1.0
            if costs:
                cells[f"UBALC{tag[:2]}", feed] = 1.0
    return _crossed(f"S{tag}", cells)


class TestPike:
    """One crude, three units with utilities, four blends, and two other cases of table CASE."""

    @pytest.fixture(scope="class")
    @staticmethod
    def found(tmp_path_factory: pytest.TempPathFactory) -> PimsImport:
        return read(tmp_path_factory.mktemp("pike"), pike(read_case("pike_refinery")), "bbl/d", "USD/bbl")

    @pytest.mark.parametrize(
        ("scenario", "name", "within"),
        [(None, None, 0.05), ("case_1", "octane_83", 1.0), ("case_2", "cracker_down", 1.0)],
    )
    def test_the_printed_optima(
        self, found: PimsImport, scenario: str | None, name: str | None, within: float
    ) -> None:
        assert value(found, scenario) == pytest.approx(printed("pike_refinery", name), abs=within)

    def test_what_is_told_is_how_cases_are_read(self, found: PimsImport) -> None:
        (told,) = found.remarks
        assert "each case is read as a change of the base model" in told.what


KANTOR = {
    "butane": "NC4", "lsr": "LSR", "isomerate": "ISO", "reformate": "RFT", "reformate_lb": "RFL",
    "fcc_naphtha": "FCN", "alkylate": "ALK", "regular": "REG", "midgrade": "MID", "premium": "PRM",
}  # fmt: skip
KANTOR_PROPERTIES = {"road_octane": "ROC", "rvp_psi": "RVI", "benzene_vol_pct": "BNZ"}


def kantor(case: Case) -> Sheets:
    """Gasoline from bought components; vapour pressure as an index, for it does not average linearly."""

    def index(name: str, number: float) -> float:
        return number**1.25 if name == "rvp_psi" else number

    specs = {
        (letter + KANTOR_PROPERTIES[r["property"]], KANTOR[r["product"]]): index(r["property"], r[end])
        for r in case["specs"].records
        for end, letter in (("min", "N"), ("max", "X"))
        if r[end] is not None
    }
    clean = [["TABLE BLNSPEC"], ["", "TEXT", "REG", "MID", "PRM"], ["XBNZ", "", 0.62, 0.62, 0.62],
             ["XRVI", "", *[9.0**1.25] * 3]]  # fmt: skip
    return {
        "BUY": table("BUY", ("MAX", "COST"), [
            [KANTOR[r["stream"]], r["offer"], r["max"], r["price"]] for r in case["offers"].records
        ]),
        "SELL": table("SELL", ("MAX", "PRICE"), [
            [KANTOR[r["stream"]], r["sale"], r["max"], r["price"]] for r in case["sales"].records
        ]),
        "BLNMIX": _crossed("BLNMIX", {
            (KANTOR[r["component"]], KANTOR[r["product"]]): 1 for r in case["blends"].records
        }),
        "BLNPROP": _crossed("BLNPROP", {
            (KANTOR[r["stream"]], KANTOR_PROPERTIES[r["property"]]): index(r["property"], r["value"])
            for r in case["stream_properties"].records
        }),
        "BLNSPEC": _crossed("BLNSPEC", specs),
        "CASE": [
            ["*TABLE CASE"],
            ["CASE", 1, "Mid-grade"], ["TABLE SELL"], ["", "TEXT", "MAX"], ["MID", "", "EMPTY"],
            ["CASE", 2, "Clean"], *clean,
            ["CASE", 3, "Clean, low benzene"], *clean,
            ["TABLE BUY"], ["", "TEXT", "MAX"], ["RFT", "", 0], ["RFL", "", 60000],
        ],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("scenario", "name"),
    [(None, None), ("case_1", "midgrade"), ("case_2", "clean"), ("case_3", "clean_low_benzene")],
)
def test_kantor_blends_and_its_cases(tmp_path: Path, scenario: str | None, name: str | None) -> None:
    case = read_case("kantor_gasoline")
    found = read(tmp_path, kantor(case), "gal/d", "USD/gal")
    own = plan(case.in_scenario(name)).certificate.value
    assert value(found, scenario) == pytest.approx(own, rel=1e-9)
    assert value(found, scenario) == pytest.approx(printed("kantor_gasoline", name), abs=0.05)


def test_two_crudes_and_four_product_limits(tmp_path: Path) -> None:
    case = read_case("rtl_refinery")
    tags = {
        "light_sweet": "LSW",
        "heavy_sour": "HSO",
        "mogas": "MOG",
        "distillate": "DIS",
        "fo": "FUO",
        "resid": "RES",
    }
    fees = {r["feed"]: r["cost"] for r in case["feeds"].records}
    shares = {
        (f"VBAL{tags[r['product']]}", tags[r["feed"]]): r["yield"] * 100.0 for r in case["yields"].records
    }
    sheets = {
        "BUY": table("BUY", ("COST",), [
            [tags[r["stream"]], "", r["price"] + fees[r["stream"]]] for r in case["offers"].records
        ]),
        "SELL": table("SELL", ("MAX", "PRICE"), [
            [tags[r["stream"]], "", r["max"], r["price"]] for r in case["sales"].records
        ]),
        "ASSAYS": _crossed("ASSAYS", shares),
    }  # fmt: skip
    found = read(tmp_path, sheets)
    assert value(found) == pytest.approx(printed("rtl_refinery"), abs=0.01)
    assert [remark.severity for remark in found.remarks] == ["warning"] * 3
