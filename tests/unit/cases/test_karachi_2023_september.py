"""The shipped case karachi_2023_september: sources, the register quoted rightly, plans as the docs print them."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import lru_cache

import pytest
from tests.shared import shared

from netback.assay.cutting import cut_many
from netback.assay.library import load
from netback.case.case import Case
from netback.case.checks import check
from netback.case.checks_sources import check_sources
from netback.errors import DataError
from netback.io.folder import read_case
from netback.planning.solve import Plan, plan
from netback.refinery.crudes import Crudes
from netback.results.solution import solution_of

NAME = "karachi_2023_september"
CRUDES = ("arab_light", "murban", "upper_zakum", "das", "urals")
REGISTER = ("refineries", "prices", "ports", "cargoes")
#: Furnace oil, diesel and petrol [wt% of crude] as docs/karachi.md prints them.
YIELDS = {
    "gulf_diet": (32.2, 44.4, 13.9),
    "full_rate": (34.8, 42.8, 12.2),
    "saudi_term": (38.9, 40.0, 12.2),
    "urals_low_freight": (34.8, 42.8, 12.2),
    "isomerate_recycle": (34.6, 42.8, 13.7),
    "reported_campaign": (34.5, 42.8, 12.2),
    "reported_campaign_third": (38.1, 40.8, 12.2),
    "reported_campaign_half": (41.7, 38.4, 12.2),
    "reported_campaign_deep": (31.3, 47.3, 12.2),
    "viscosity_nearest": (33.9, 42.7, 13.9),
    "only_urals": (51.8, 31.8, 11.8),
    "only_arab_light": (49.6, 31.9, 12.2),
    "national_gulf": (40.4, 38.9, 12.2),
}
#: Gross margin [million USD] and [USD/bbl] as docs/karachi.md prints them.
MARGINS = {
    "gulf_diet": (11.91, 11.13),
    "urals_free": (11.91, 11.13),
    "full_rate": (11.72, 9.63),
    "saudi_term": (8.72, 7.24),
    "urals_low_freight": (12.11, 9.94),
    "isomerate_recycle": (13.05, 10.72),
    "reported_campaign": (11.36, 9.31),
    "reported_campaign_third": (10.86, 8.99),
    "reported_campaign_half": (9.85, 8.23),
}
#: Crude run [kt] as docs/karachi.md prints it.
SLATES = {
    "gulf_diet": {"murban": 70.0, "das": 70.0},
    "urals_free": {"murban": 70.0, "das": 70.0},
    "full_rate": {"murban": 70.0, "das": 70.0, "urals": 20.2},
    "saudi_term": {"arab_light": 70.0, "murban": 70.0, "das": 20.2},
    "reported_campaign": {"murban": 70.0, "das": 70.0, "upper_zakum": 18.0, "arab_light": 2.2},
    "reported_campaign_third": {"murban": 70.0, "urals": 48.1, "das": 42.1},
    "reported_campaign_half": {"urals": 80.1, "murban": 70.0, "das": 10.1},
}
#: Break-even price of Urals fob Primorsk [USD/bbl] of the next parcel, as docs/karachi.md prints it.
BREAK_EVEN = {
    None: 78.71,
    "viscosity_nearest": 78.37,
    "saudi_term": 75.60,
    "reported_campaign": 82.69,
}
#: Assumed cut points at either end of their range.
CUT_MOVES = [
    (record["stream"], end)
    for record in read_case(NAME).table("cuts").records
    for end in ("low", "high")
    if record["status"] == "assumed"
]


@pytest.fixture(scope="module")
def case() -> Case:
    return read_case(NAME)


@lru_cache(maxsize=32)
def planned(scenario: str | None) -> Plan:
    return plan(read_case(NAME, scenario))


def columns(scenario: str | None, prefix: str) -> Mapping[str, float]:
    """Values of the columns whose label starts with a prefix."""
    found = planned(scenario)
    assert found.raw.x is not None
    labels = [found.model.problem.column_label(j) for j in range(len(found.raw.x))]
    return {name: float(v) for name, v in zip(labels, found.raw.x, strict=True) if name.startswith(prefix)}


def crude_run(scenario: str | None) -> float:
    return sum(columns(scenario, "run[cdu,").values())


def share(scenario: str | None, product: str) -> float:
    """Mass of a blend [wt% of crude]."""
    return share_of(planned(scenario), product)


def share_of(found: Plan, product: str) -> float:
    """Mass of a blend [wt% of crude] in a plan."""
    made = run = 0.0
    for place, amount in enumerate(found.x):
        label = found.model.problem.column_label(place)
        made += float(amount) if label.startswith(f"blend[{product},") else 0.0
        run += float(amount) if label.startswith("run[cdu,") else 0.0
    return 100.0 * made / run


def urals_break_even(found: Plan) -> float:
    """Price fob [USD/bbl] at which the next parcel of Urals enters."""
    value = solution_of(found)["purchases"].one(offer="urals_primorsk")["break_even_low"]
    assert isinstance(value, float)
    return value


def with_cut_point(case: Case, stream: str, value: float) -> Case:
    """The case with one cut point, and the start of the next cut, at another temperature [C]."""
    rows = [dict(record) for record in case.table("cuts").records]
    place = next(number for number, row in enumerate(rows) if row["stream"] == stream)
    rows[place]["to_c"] = rows[place + 1]["from_c"] = value
    return case.with_table("cuts", rows)


def with_rows(case: Case, table: str, wanted: dict[str, object], **values: object) -> Case:
    """The case with some cells of the rows that match changed."""
    rows = [dict(record) for record in case.table(table).records]
    for row in rows:
        if all(row[name] == value for name, value in wanted.items()):
            row |= values
    return case.with_table(table, rows)


def register_rows() -> dict[str, dict[str, str]]:
    rows: dict[str, dict[str, str]] = {}
    for name in REGISTER:
        with shared(f"data/corridor/{name}.csv").open(encoding="utf-8", newline="") as handle:
            rows |= {row["id"]: row for row in csv.DictReader(handle)}
    return rows


class TestTables:
    def test_it_reads_and_has_no_error(self, case: Case) -> None:
        assert [finding for finding in check(case) if finding.severity == "error"] == []

    def test_every_number_has_a_source(self, case: Case) -> None:
        assert check_sources(case) == []

    def test_every_scenario_is_sound(self, case: Case) -> None:
        for record in case.table("scenarios").records:
            changed = case.in_scenario(record["scenario"])
            assert [f for f in check(changed) if f.severity == "error"] == [], record["scenario"]

    def test_assumed_values_lie_in_their_range(self, case: Case) -> None:
        for table in case.tables.values():
            main = table.schema.main_number
            for record in table.records:
                if main and record.get("low") is not None and isinstance(record.get(main), float):
                    assert record["low"] <= record[main] <= record["high"], table.where(record, main)

    def test_engineering_judgement_stands_only_on_assumed_rows(self, case: Case) -> None:
        for name, table in case.tables.items():
            for record in table.records if name != "sources" else ():
                if "ENG" in str(record.get("source") or "").split(";"):
                    assert record["status"] == "assumed", table.where(record, "status")

    def test_structure_rows_state_no_number(self, case: Case) -> None:
        for name in ("feeds", "blends"):
            for record in case.table(name).records:
                if record["source"] == "MODEL":
                    assert record["min_share"] is None
                    assert record["max_share"] is None

    def test_every_source_is_used(self, case: Case) -> None:
        used: set[str] = set()
        for name, table in case.tables.items():
            if name != "sources":
                for record in table.records:
                    told = record.get("source") or record.get("said_by") or ""
                    used |= {part.strip() for part in str(told).split(";")}
        assert {record["source"] for record in case.table("sources").records} - used == set()

    def test_no_disputed_source(self, case: Case) -> None:
        assert all(record["confidence"] in ("A", "B", "C") for record in case.table("sources").records)

    def test_the_five_crudes_and_their_assays(self, case: Case) -> None:
        assays = {record["crude"]: record["assay"] for record in case.table("crudes").records}
        assert tuple(assays) == CRUDES
        assert assays["urals"] == "urals"

    def test_an_unknown_scenario_is_a_finding(self, case: Case) -> None:
        with pytest.raises(DataError, match="urals_halb"):
            case.in_scenario("urals_halb")

    @pytest.mark.parametrize("unit", ["nht", "isom", "platformer", "lpg_recovery"])
    def test_mass_yields_close(self, case: Case, unit: str) -> None:
        sums: dict[tuple[str, str], float] = {}
        for record in case.table("yields").records:
            if record["unit"] == unit:
                key = (record["mode"], record["feed"])
                sums[key] = sums.get(key, 0.0) + record["yield"]
        assert sums
        for key, total in sums.items():
            assert total == pytest.approx(1.0, abs=1e-9), key


class TestRegister:
    def test_sources_are_quoted_rightly(self, case: Case) -> None:
        register = register_rows()
        quoted = 0
        for record in case.table("sources").records:
            row = register.get(record["source"])
            if row is not None:
                quoted += 1
                assert (record["url"] or "") == row["url"]
                assert record["confidence"] == row["confidence"]
                assert record["title"] == row["statement"]
        assert quoted > 10

    def test_record_feed_rate(self, case: Case) -> None:
        (capacity,) = [row for row in case.table("capacities").records if row["unit"] == "cdu"]
        assert capacity["max"] == float(register_rows()["REF-003"]["value"])

    def test_urals_price_is_brent_less_the_discount(self, case: Case) -> None:
        with shared("data/corridor/price_monthly.csv").open(encoding="utf-8", newline="") as handle:
            month = {
                r["series"]: float(r["value"]) for r in csv.DictReader(handle) if r["month"] == "2023-09"
            }
        (offer,) = [row for row in case.table("offers").records if row["stream"] == "urals"]
        assert offer["price"] == pytest.approx(
            month["brent_spot_eia"] + month["urals_fob_primorsk_disc"], abs=0.005
        )
        assert offer["high"] == month["urals_minfin"]

    def test_urals_quantity_is_the_two_parcels(self, case: Case) -> None:
        register = register_rows()
        (offer,) = [row for row in case.table("offers").records if row["stream"] == "urals"]
        assert offer["max"] == float(register["CAR-010"]["value"]) + float(register["CAR-013"]["value"])

    def test_freight_is_the_voyage_over_the_cargo(self, case: Case) -> None:
        register = register_rows()
        barrels = float(register["CAR-049"]["value"])
        (freight,) = [
            row
            for row in case.table("offer_costs").records
            if row["offer"] == "urals_primorsk" and row["item"] == "freight"
        ]
        assert freight["cost"] == pytest.approx(
            float(register["PRI-021"]["value"]) * 1e6 / barrels, abs=0.005
        )
        assert freight["high"] == pytest.approx(
            float(register["PRI-020"]["value_high"]) * 1e6 / barrels, abs=0.005
        )

    @pytest.mark.parametrize(
        ("sale", "product", "second"), [("petrol_home", "petrol", 253.73), ("hsd_home", "hsd", 266.02)]
    )
    def test_prices_are_the_mean_of_two_fortnights(
        self, case: Case, sale: str, product: str, second: float
    ) -> None:
        with shared("data/corridor/pakistan_price_points.csv").open(encoding="utf-8", newline="") as handle:
            (first,) = [
                float(r["value"])
                for r in csv.DictReader(handle)
                if (r["date"], r["product"], r["item"]) == ("2023-09-01", product, "ex_refinery")
            ]
        (record,) = [row for row in case.table("sales").records if row["sale"] == sale]
        assert record["price"] == pytest.approx((first + second) / 2.0, abs=0.005)

    def test_second_fortnight_follows_from_the_pump_price(self) -> None:
        petrol = 331.38 - 60.0 - 6.47 - 7.41 - 3.77
        diesel = 329.18 - 50.0 - 6.71 - 7.41 + 0.96
        pump_diesel_1_september = 249.56 + 50.0 - 0.96 + 6.24 + 7.00
        assert petrol == pytest.approx(253.73, abs=0.005)
        assert diesel == pytest.approx(266.02, abs=0.005)
        assert pump_diesel_1_september == pytest.approx(311.84, abs=0.005)


class TestPlans:
    @pytest.mark.parametrize("scenario", [None, *YIELDS])
    def test_plans_are_proven(self, scenario: str | None) -> None:
        assert planned(scenario).certificate.word == "proven"

    @pytest.mark.parametrize(("scenario", "expected"), YIELDS.items())
    def test_yields_printed_in_the_docs(self, scenario: str, expected: tuple[float, float, float]) -> None:
        made = tuple(share(scenario, product) for product in ("furnace_oil", "hsd", "petrol"))
        assert made == pytest.approx(expected, abs=0.06)

    @pytest.mark.parametrize(("scenario", "expected"), MARGINS.items())
    def test_margins_printed_in_the_docs(self, scenario: str, expected: tuple[float, float]) -> None:
        found = solution_of(planned(scenario)).economics
        assert found.margin / 1e6 == pytest.approx(expected[0], abs=0.006)
        assert found.margin / found.crude == pytest.approx(expected[1], abs=0.006)

    @pytest.mark.parametrize(("scenario", "expected"), SLATES.items())
    def test_slates_printed_in_the_docs(self, scenario: str, expected: dict[str, float]) -> None:
        found = {
            label.split(",")[2]: amount / 1e3
            for label, amount in columns(scenario, "run[cdu,").items()
            if amount > 1.0
        }
        assert found == pytest.approx(expected, abs=0.06)

    @pytest.mark.parametrize(("scenario", "expected"), BREAK_EVEN.items())
    def test_break_even_of_urals_printed_in_the_docs(self, scenario: str | None, expected: float) -> None:
        assert urals_break_even(planned(scenario)) == pytest.approx(expected, abs=0.006)

    @pytest.mark.parametrize(("stream", "end"), CUT_MOVES)
    def test_every_assumed_cut_point_may_move_within_its_range(
        self, case: Case, stream: str, end: str
    ) -> None:
        (record,) = [row for row in case.table("cuts").records if row["stream"] == stream]
        moved = with_cut_point(case, stream, record[end])
        assert [finding for finding in check(moved) if finding.severity == "error"] == []
        assert plan(moved).certificate.word == "proven"

    def test_a_lower_flash_of_the_kerosene_piece_follows_its_cut_point(self, case: Case) -> None:
        flashes = [
            next(
                lot.properties["flash_c"]
                for lot in Crudes(changed, []).cuts("urals", "cdu", "normal")
                if lot.stream == "swing_naphtha_kerosene"
            )
            for changed in (with_cut_point(case, "heavy_naphtha", point) for point in (140.0, 150.0, 160.0))
        ]
        assert flashes == sorted(flashes)
        assert flashes[1] == pytest.approx(38.1, abs=0.1)

    def test_mass_of_the_whole_plant_closes(self) -> None:
        for scenario in (None, "saudi_term", "reported_campaign_half"):
            for record in solution_of(planned(scenario))["mass_balance"].records():
                assert record["imbalance"] == pytest.approx(0.0, abs=1e-6 * 160_200.0), record["part"]

    def test_urals_does_not_enter_at_market_prices(self) -> None:
        assert columns(None, "run[cdu,normal,urals")["run[cdu,normal,urals,2023-09]"] == pytest.approx(
            0.0, abs=1e-6
        )

    def test_urals_enters_with_the_freight_of_july(self) -> None:
        assert (
            columns("urals_low_freight", "run[cdu,normal,urals")["run[cdu,normal,urals,2023-09]"] > 10_000.0
        )

    def test_no_plan_is_worth_more_without_urals(self) -> None:
        values = [planned(name).raw.objective for name in ("gulf_diet", "urals_half", "urals_free")]
        margins = [value for value in values if value is not None]
        assert len(margins) == 3
        assert margins[0] <= margins[1] + 1e-6
        assert margins[1] <= margins[2] + 1e-6

    @pytest.mark.parametrize("scenario", [None, "reported_campaign_half", "only_urals"])
    def test_the_platformer_is_never_exceeded(self, scenario: str | None) -> None:
        assert sum(columns(scenario, "run[platformer,").values()) <= 450.0 * 30.0 + 1e-6

    @pytest.mark.parametrize("scenario", ["reported_campaign", "reported_campaign_half", "only_urals"])
    def test_reported_feed_rate_is_run(self, scenario: str) -> None:
        assert crude_run(scenario) == pytest.approx(5340.0 * 30.0)


class TestClaims:
    def test_bt_01_two_months_need_a_lower_share(self) -> None:
        per_day = {
            name: columns(name, "run[cdu,normal,urals")["run[cdu,normal,urals,2023-09]"] / 30.0
            for name in ("reported_campaign_third", "reported_campaign_half")
        }
        assert 100_000.0 / per_day["reported_campaign_half"] == pytest.approx(37.5, abs=0.1)
        assert 55.0 <= 100_000.0 / per_day["reported_campaign_third"] <= 65.0

    def test_bt_02_urals_gives_about_half_furnace_oil(self) -> None:
        assert 44.0 <= share("only_urals", "furnace_oil") <= 54.0

    @pytest.mark.parametrize(
        ("scenario", "low", "high"),
        [
            ("only_urals", 50.8, 53.4),
            ("only_arab_light", 48.9, 49.7),
            ("national_gulf", 39.7, 42.0),
            ("saudi_term", 38.2, 40.7),
            ("gulf_diet", 31.5, 34.9),
        ],
    )
    def test_furnace_oil_over_viscosity_method_and_last_cut_point(
        self, scenario: str, low: float, high: float
    ) -> None:
        found = []
        for method in ("library", "nearest"):
            case = with_rows(
                read_case(NAME, scenario), "completions", {"property": "viscosity_cst_50c"}, method=method
            )
            for point in (365.0, 375.0, 385.0):
                found.append(
                    share_of(plan(with_cut_point(case, "swing_diesel_residue", point)), "furnace_oil")
                )
        assert min(found) == pytest.approx(low, abs=0.06)
        assert max(found) == pytest.approx(high, abs=0.06)

    def test_bt_03_the_national_mix_gives_less_than_45(self) -> None:
        assert share("national_gulf", "furnace_oil") < 44.0
        assert share("gulf_diet", "furnace_oil") < 35.0

    @pytest.mark.parametrize(
        ("scenario", "limit", "expected"),
        [("only_arab_light", None, 47.8), ("national_gulf", 0.5, 47.5)],
    )
    def test_bt_03_sulphur_of_diesel_keeps_it_in_the_furnace_oil(
        self, scenario: str, limit: float | None, expected: float
    ) -> None:
        wanted: dict[str, object] = {"product": "hsd", "property": "sulfur_wt_pct"}
        changed = with_rows(read_case(NAME, scenario), "specs", wanted, max=limit)
        assert share_of(plan(changed), "furnace_oil") == pytest.approx(expected, abs=0.06)

    @pytest.mark.parametrize(
        ("base", "points", "per_cent"),
        [
            ("only_arab_light", 2.2, 4.4),
            ("national_gulf", 11.4, 28.1),
            ("saudi_term", 12.9, 33.3),
            ("gulf_diet", 19.6, 61.0),
        ],
    )
    def test_bt_04_points_and_per_cent(self, base: str, points: float, per_cent: float) -> None:
        urals, other = share("only_urals", "furnace_oil"), share(base, "furnace_oil")
        assert urals - other == pytest.approx(points, abs=0.06)
        assert 100.0 * (urals / other - 1.0) == pytest.approx(per_cent, abs=0.06)

    def test_bt_04_residue_before_blending(self) -> None:
        tables = cut_many([load("urals"), load("arab_light_a")], [375.0])
        urals, arab_light = (float(table.yield_wt_pct[-1]) for table in tables)
        assert (urals, arab_light) == pytest.approx((47.8, 44.0), abs=0.06)
        assert 100.0 * (urals / arab_light - 1.0) == pytest.approx(8.7, abs=0.1)

    @pytest.mark.parametrize(
        ("scenario", "diesel", "petrol", "furnace_oil"),
        [
            ("reported_campaign", 68_493.0, 19_472.0, 55_345.0),
            ("reported_campaign_deep", 75_816.0, 19_472.0, 50_086.0),
            ("octane_additive", 68_619.0, 21_836.0, 55_511.0),
        ],
    )
    def test_bt_25_tonnes_printed_in_the_docs(
        self, scenario: str, diesel: float, petrol: float, furnace_oil: float
    ) -> None:
        made = [share(scenario, product) * 1602.0 for product in ("hsd", "petrol", "furnace_oil")]
        assert made == pytest.approx([diesel, petrol, furnace_oil], abs=1.0)

    def test_bt_25_diesel_needs_a_light_slate_cut_deep(self) -> None:
        claim = 73_423.0 / 1602.0
        assert share("reported_campaign_deep", "hsd") > claim
        for scenario in ("reported_campaign", "reported_campaign_third", "reported_campaign_half"):
            assert share(scenario, "hsd") < claim
        one_cargo = with_rows(
            read_case(NAME, "reported_campaign_deep"), "offers", {"stream": "murban"}, max=70_000.0
        )
        assert share_of(plan(one_cargo), "hsd") == pytest.approx(45.5, abs=0.06)
        assert share_of(plan(one_cargo), "hsd") < claim

    def test_bt_25_petrol_is_out_of_reach(self) -> None:
        for scenario in (
            "reported_campaign",
            "reported_campaign_deep",
            "octane_additive",
            "isomerate_recycle",
        ):
            assert sum(columns(scenario, "blend[petrol,").values()) < 26_000.0
