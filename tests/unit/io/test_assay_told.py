"""Sheets of any seller by a layout that the user tells: across, down, old workbooks, and every fault of the file."""

from __future__ import annotations

import base64
import zlib
from pathlib import Path
from typing import Any

import pytest

from netback.cli.main import run
from netback.errors import DataError
from netback.io.assay_sheets.labels import known_labels, meaning_of
from netback.io.assay_sheets.reading import read_assay_sheet
from netback.io.assay_sheets.told import read_layout
from pims_book import write_book

#: The sheet of :data:`SHEET` as a workbook of the format before 2007, packed.
OLD = (
    "c-rk)OGs2<6#njOoG~Axsic7nLRRV~+O*MIN=l1l3Zjsp#%4-!oQY{lbWxT`s~~8VxG~(cvE1~ag4#tzMlGTs&{_z!h@hZIy`6LJ"
    "y*_Fd4wRJKGyLbCbN+L_|NPJU&wV~oG&wR}F@;~K0UGA40DOyV3YCDX1VQzd#iIN4Q?WeyuPETBiS!w`oBuS2=aA=n3My{s4~YZs"
    "s2s#`v?dd=&<awc<PcFfhkD`)hRITZa>=S#_z~f2g<luXd&0Mi<)ZL<@|{%LFk!aVY;#ue0kul%3c$FxB<77+wxAS`com<yq}aX&"
    "cBDEZ@qe?TQqRLEXx>_4iC8KUpF{~w;3&RYA>fO<Qy+vp`^wrCkp0_Idrk)XWmO0IVI7tQK8SpL*SN+&Q|e?iHiLc0Bb5tHa$`J}"
    "h=$q>pr<1lkI^&Ud8{K%5#60p(mG<1Q@sRuG?nZo<F3XqE$MWU#AXqD(zJS_R8HjbK`t9VxMbt!%ZA7!9z~(ZMY1h|bhOW0`}|^e"
    "d)PcAmVP<x?N`DE?gcEI<p>HckQxD{o&YrxQ7inMpsp9WLU;-J(6c&R>IlsP;&WbVtEru>LNCpYi{wot4}RQpyK?ZoxtZj#mZ`py"
    "u~+5@s^}FJrFi}gpiZe%hORK(G2N%)93O9mm;ZK@_|>4(H_LhN6=D{-A{Gf}4@G*n)I*UG;~HC2o$<3ZjWlgu(@E1EEHwj`Dy<og"
    "zbaTfNB1Rr#%fd9<1xADf}&+W(F7&OiPHpSAx?9AI2XT@i=F{R7nFdYtRsz4`owlsILmepMuuoZe0cmcS{sIp(RjFPsAu?tX<Hc2"
    "p4n-~!u^~6!As8d;T+Z43uUjLeKNTvUxt=^($X5@r&ZRtr6$GhyH7Bm%;%z`K`q8j9%g!BEKn{y^2j5PJo3mRk5)DDWtHzhnp}zO"
    "3%k#`zVmmTSt@hhXOdM*dy%AHn*NyXM1r0v^k%hw%3vrima@zk_j@7Jeri31F0@M?U0JVR`ZJ^~?$5FVgMV%dW!wH-HhKQ#_J0Bt"
    "n)UA"
)
SHEET: list[list[Any]] = [
    ["Blend Z"],
    [None, "whole", "light", "mid", "heavy"],
    ["from", None, "IBP", 150, 370],
    ["to", None, 150, 370, "FBP"],
    ["wt", None, 30.0, 40.0, 30.0],
    ["d", 0.8316, 0.725, 0.822, 0.994],
    ["s", 0.8, None, 0.5, 2.0],
]
LAYOUT = """item,place,label
title,A1,
source,,Seller Z 2024
whole,B,
first_cut,C,
last_cut,E,
name,2,
start,3,C
end,4,C
value,5,Yield (% wt)
value,6,Density @ 15 C (g/cc)
# a comment
value,7,Total Sulphur (% wt)
"""


def told(tmp_path: Path, text: str = LAYOUT) -> Path:
    path = tmp_path / "layout.csv"
    path.write_text(text, encoding="utf-8")
    return path


def sheet(tmp_path: Path, rows: list[list[Any]] = SHEET, name: str = "Crude") -> Path:
    return write_book(tmp_path / "z.xlsx", {name: rows})


def turned(rows: list[list[Any]]) -> list[list[Any]]:
    width = max(map(len, rows))
    return [[row[k] if k < len(row) else None for row in rows] for k in range(width)]


DOWN = """item,place,label
sheet,Crude,
title,A1,
source,,Seller Z 2024
whole,2,
first_cut,3,
last_cut,5,
name,B,
start,C,C
end,D,C
value,E,Yield (% wt)
value,F,Density @ 15 C (g/cc)
value,G,Total Sulphur (% wt)
"""


@pytest.mark.parametrize("across", [True, False])
def test_a_sheet_is_read_as_told_across_and_down(tmp_path: Path, across: bool) -> None:
    rows, layout = (SHEET, LAYOUT) if across else (turned(SHEET), DOWN)
    found = read_assay_sheet(sheet(tmp_path, rows), told=told(tmp_path, layout))
    assay = found.assay
    assert assay.title == "Blend Z"
    assert list(assay.cut_names) == ["light", "mid", "heavy"]
    assert assay.yield_wt_pct.tolist() == pytest.approx([30.0, 40.0, 30.0])
    assert assay.whole["sulfur_wt_pct"] == 0.8
    assert found.layout == "as layout.csv tells"


def test_an_old_workbook_is_the_same(tmp_path: Path) -> None:
    old = tmp_path / "z.xls"
    old.write_bytes(zlib.decompress(base64.b85decode("".join(OLD))))
    new = read_assay_sheet(sheet(tmp_path), told=told(tmp_path)).assay
    assert read_assay_sheet(old, told=told(tmp_path)).assay.yield_wt_pct.tolist() == new.yield_wt_pct.tolist()
    old.write_bytes(old.read_bytes()[:600])
    with pytest.raises(DataError, match="the workbook cannot be read"):
        read_assay_sheet(old, told=told(tmp_path))


def test_fahrenheit_and_open_ends(tmp_path: Path) -> None:
    rows = [list(row) for row in SHEET]
    rows[2][2:], rows[3][2:] = ["C5", 302, 698], [302, 698, "+"]
    rows[2][2] = None
    layout = LAYOUT.replace("start,3,C", "start,3,F").replace("end,4,C", "end,4,f")
    found = read_assay_sheet(sheet(tmp_path, rows), told=told(tmp_path, layout)).assay
    assert found.yield_wt_pct.tolist() == pytest.approx([30.0, 40.0, 30.0])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("item,place,label", "a,b,c", "row 1: the heading is another."),
        ("value,5", "valeu,5", 'row 10, column item: "valeu" is no item. Closest name: "value".'),
        ("first_cut,C,", "", "there is no line first_cut."),
        ("first_cut,C,", "first_cut,3,", '"5" is not a column such as D.'),
        ("value,7,Total Sulphur (% wt)", "value,7,Total Sulfur", "is no property that is known by this name"),
        ("Yield (% wt)", "Nickel (ppm)", "no line says where the yields are."),
        ("start,3,C", "start,3,K", '"K" is no uom of temperature.'),
        ("title,A1,", "title,A0,", '"A0" is no cell.'),
        ("whole,B,", "whole,B,\nwhole,B,", "whole stands here twice."),
    ],
)
def test_faults_of_the_layout_are_told_with_their_row(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    with pytest.raises(DataError) as caught:
        read_layout(told(tmp_path, LAYOUT.replace(old, new, 1)))
    assert message in str(caught.value)


def test_faults_of_the_sheet_name_its_cells_also_when_turned(tmp_path: Path) -> None:
    rows = [list(row) for row in SHEET]
    rows[2][3], rows[4][4] = "warm", 130.0
    with pytest.raises(DataError) as across:
        read_assay_sheet(sheet(tmp_path, rows), told=told(tmp_path))
    assert 'sheet Crude, cell D3: "warm" is no temperature' in str(across.value)
    assert "sheet Crude, cell E5: 130 is not possible." in str(across.value)
    with pytest.raises(DataError) as down:
        read_assay_sheet(sheet(tmp_path, turned(rows)), told=told(tmp_path, DOWN))
    assert 'sheet Crude, cell C4: "warm" is no temperature' in str(down.value)
    assert "sheet Crude, cell E5: 130 is not possible." in str(down.value)
    with pytest.raises(DataError, match='no sheet "Crude"'):
        read_assay_sheet(sheet(tmp_path, rows, "Crud"), told=told(tmp_path, DOWN))


def test_the_command_takes_a_layout(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "z.csv"
    arguments = ["assay", "import", str(sheet(tmp_path)), str(out)]
    assert run(arguments) == 2
    assert "--layout" in capsys.readouterr().err
    assert run([*arguments, "--layout", str(told(tmp_path))]) == 0
    assert "Blend Z, 3 cuts, layout as layout.csv tells" in " ".join(capsys.readouterr().out.split())
    assert run(["assay", "show", str(out)]) == 0


def test_labels_that_are_offered_are_known() -> None:
    assert len(known_labels()) > 30
    assert all(meaning_of(label) is not None for label in known_labels())
