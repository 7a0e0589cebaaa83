"""Names in cargoes, parcels, berth limits and voyages at sea that neither the library nor the case knows."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from netback.case.case import Case
from netback.cli.check import all_findings
from netback.errors import DataError
from netback.io.folder import read_case
from netback.planning.checks import require_sound
from netback.supply.checks_names import name_findings
from tiny import Row, rows, tiny

STATED: Row = {
    "cargo": "gulf", "offer": "gulf", "load_port": "Ras Tanura", "discharge_port": "OP-2", "vessel": "Aframax",
    "max_lot": 70000, "days": 5, "source": "ours",
}  # fmt: skip


def stated(**tables: Any) -> Case:
    """A cargo whose days, lots and costs are all stated, so that nothing is estimated of her names."""
    given: dict[str, Any] = {
        "sources": rows("source title", "ours ours"),
        "periods": [{"period": "2026-01", "start": date(2026, 1, 1), "days": 31.0}],
        "offers": rows("offer stream price source", "gulf oil 400 ours"),
        "cargoes": [STATED],
        "sales": rows("sale stream max price source", "s oil 100000 480 ours"),
    }
    return tiny(**(given | tables))


def cargo(**change: Any) -> dict[str, Any]:
    return {"cargoes": [STATED | change]}


def afloat(**change: Any) -> dict[str, Any]:
    row = {"voyage": "v", "stream": "oil", "quantity": 10, "arrival": date(2026, 1, 3), "source": "ours"}
    return {"cargoes_at_sea": [row | change]}


def parcel(**change: Any) -> dict[str, Any]:
    return {"parcels": [{"cargo": "gulf", "parcel": "p", "max": 100, "source": "ours"} | change]}


WRONG: tuple[tuple[dict[str, Any], str, str], ...] = (
    (
        cargo(load_port="Ras Tanurra"),
        "cargoes.csv, row 2, column load_port",
        'there is no port or berth "Ras Tanurra".',
    ),
    (
        cargo(discharge_port="Karachee"),
        "cargoes.csv, row 2, column discharge_port",
        'there is no port or berth "Karachee".',
    ),
    (cargo(vessel="aframaxx"), "cargoes.csv, row 2, column vessel", 'there is no vessel class "aframaxx".'),
    (cargo(via="Suez; Hormus"), "cargoes.csv, row 2, column via", 'there is no chokepoint or port "Hormus".'),
    (
        cargo(lightering="omann"),
        "cargoes.csv, row 2, column lightering",
        'there is no lightering plan or port or country "omann".',
    ),
    (parcel(vessel="mrr"), "parcels.csv, row 2, column vessel", 'there is no vessel class "mrr".'),
    (
        parcel(discharge_port="karachi_op22"),
        "parcels.csv, row 2, column discharge_port",
        "there is no port or berth",
    ),
    (
        {"berth_limits": rows("port max_ships source", "karachi_oq2 3 ours")},
        "berth_limits.csv, row 2, column port",
        'there is no port or berth "karachi_oq2".',
    ),
    (
        afloat(vessel="suezmaxx"),
        "cargoes_at_sea.csv, row 2, column vessel",
        'there is no vessel class "suezmaxx".',
    ),
    (
        afloat(discharge_port="Gwadarr"),
        "cargoes_at_sea.csv, row 2, column discharge_port",
        'there is no port or berth "Gwadarr".',
    ),
)


@pytest.mark.parametrize(("tables", "where", "told"), WRONG, ids=[where for _, where, _ in WRONG])
def test_a_wrong_name_stops_check_and_plan(tables: dict[str, Any], where: str, told: str) -> None:
    case = stated(**tables)
    found = [str(finding) for finding in all_findings(case) if finding.severity == "error"]
    assert len(found) == 1
    assert f"{where}: {told}" in found[0]
    assert 'Closest name: "' in found[0]
    with pytest.raises(DataError) as error:
        require_sound(case)
    assert told in str(error.value)


def test_the_closest_name_is_told_as_it_is_written() -> None:
    (finding,) = name_findings(stated(**cargo(load_port="Ras Tanurra")))
    assert finding.hint == 'Closest name: "Ras Tanura".'
    (finding,) = name_findings(stated(**cargo(via="Suez; Hormus")))
    assert "hormuz" in finding.hint.casefold()


def test_a_name_like_no_other_is_told_where_to_put_it() -> None:
    (finding,) = name_findings(stated(**cargo(vessel="zzzzqqqq")))
    assert finding.hint == "Correct it, or add a row to vessel_classes.csv."


@pytest.mark.parametrize(
    "change",
    [
        {"via": "Suez;Bab el-Mandeb"},
        {"lightering": "Oman"},
        {"lightering": "duqm"},
        {"lightering": "oman_two_shuttles"},
        {"discharge_port": "ust luga", "vessel": "AFRAMAX"},
    ],
)
def test_keys_titles_aliases_and_coasts_are_known(change: Row) -> None:
    assert name_findings(stated(**cargo(**change))) == []


def test_a_port_of_the_case_is_known() -> None:
    ports = [{"port": "atlantis", "latitude_deg": 0.0, "longitude_deg": 60.0, "title": "Atlantis"}]
    assert name_findings(stated(**cargo(load_port="Atlantis"), ports=ports)) == []
    assert len(name_findings(stated(**cargo(load_port="Atlantis")))) == 1


def test_an_estimate_asks_for_a_plan_of_lightering_not_for_a_coast() -> None:
    (finding,) = name_findings(stated(**cargo(lightering="Oman", estimate=True)))
    assert finding.what == 'there is no lightering plan "Oman".'


@pytest.mark.parametrize("name", ["karachi_2023", "karachi_2023_three", "hormuz_2026"])
def test_the_shipped_cases_name_what_is_known(name: str) -> None:
    case = read_case(name)
    assert len(case.table("cargoes")) > 0
    assert name_findings(case) == []
