"""``netback tables``."""

from __future__ import annotations

import pytest

from netback.case.documentation import markdown
from netback.case.schema import TABLES
from netback.cli.main import run


def test_all_tables(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["tables"]) == 0
    shown = capsys.readouterr().out
    assert all(f"\n{name} " in shown for name in TABLES)
    assert max(map(len, shown.splitlines())) <= 100


@pytest.mark.parametrize("name", list(TABLES))
def test_one_table(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["tables", name]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"{name}.csv: ")
    assert all(f"\n{column} " in shown for column in TABLES[name].column_names)
    assert max(map(len, shown.splitlines())) <= 100


def test_the_file_name_will_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["tables", "offers.csv"]) == 0
    assert "One row per offer, tranche, period." in capsys.readouterr().out


def test_an_unknown_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["tables", "ofers"]) == 2
    assert capsys.readouterr().err == 'there is no table "ofers". Closest name: "offers".\n'


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("nope", '"nope". All: netback tables.'),
        ("crude", 'Closest name: "crudes".'),
        ("cost", "Closest names: offer_costs, cargo_costs, "),
        ("Cargo", "Closest names: cargoes, cargo_costs, "),
        ("qqq", '"qqq". All: netback tables.'),
    ],
)
def test_a_name_far_from_any_lists_the_nearest(
    name: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["tables", name]) == 2
    shown = capsys.readouterr().err
    assert told in shown
    assert f'there is no table "{name}"' in shown


def test_markdown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["tables", "--markdown"]) == 0
    assert capsys.readouterr().out == markdown()
